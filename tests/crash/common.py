"""What the scripts of this folder share: a bhsim that is started and watched, and the proof that nothing is left of a run."""
import glob
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LABEL = "bhsim.run"
# Of a container that is another's: what bhsim might change of it.
LOOKED_AT = "{{.State.Status}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{json .NetworkSettings.Networks}}"

AGENT = "reference\nconfig: configs/production-config.yml"
SIMULATION = """simulation: crash
title: A run that does not end in order
agent: {agent}
jvm: [-Xms256m, -Xmx512m, -XX:+UseG1GC]
duration: {duration}s
load: low
phases:
  - {{name: warm-up, share: 10%, min: 4s, max: 5s{swaps}}}
  - {{name: disrupt, share: 90%, min: 20s, faults: {{every: {every}s, from: [{faults}]}}}}
{audits}required: [STAB-01]
thresholds: production
"""


def simulation(duration, every, faults, audits="", swaps=False):
    """Text of a file. `faults` as they stand in a list; `audits` likewise, none when it is empty. With `swaps` there is an agent, and
    class files are there before the first fault."""
    return SIMULATION.format(duration=duration, every=every, faults=faults, audits=f"audits: [{audits}]\n" if audits else "",
                             agent=AGENT if swaps else "none", swaps=", swaps: {train: 1, every: 1s, quiet: 2s}" if swaps else "")


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def lines_of(*command):
    return output_of(*command).split("\n")[:-1]


def wait_until(holds, seconds):
    """Whether it came to hold within the time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def words_of(pid):
    """The command line of a process; nothing when it is gone, or no more than a name that nobody has asked for."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


class Bhsim:
    """A `bhsim run` in a folder of its own."""

    def __init__(self, build, folder, simulation, app="ProductionSimulationApp", engine=None, environment=None):
        os.makedirs(folder)  # a new one: what is found in it is of this run
        self.build, self.folder, self.engine = build, folder, engine
        self.environment = dict(os.environ, BHSIM_HOME=ROOT, BHSIM_DOCKER=f"{build}/docker")
        with open(f"{folder}/crash.yml", "w", encoding="utf-8") as file:
            file.write(simulation)
        command = [f"{build}/bhsim", "run", f"{folder}/crash.yml", f"--app={app}", f"--out={folder}/runs"]
        command += [f"--engine={engine}"] if engine else []
        self.output_file = open(f"{folder}/output", "w", encoding="utf-8")
        self.process = subprocess.Popen(command, env=dict(self.environment, **(environment or {})), stdin=subprocess.DEVNULL,
                                        stdout=self.output_file, stderr=subprocess.STDOUT)

    @property
    def run_directory(self):
        return next(iter(glob.glob(f"{self.folder}/runs/*")), None)

    @property
    def run_id(self):
        return os.path.basename(self.run_directory) if self.run_directory else None

    def has_store(self):
        return self.run_directory is not None and os.path.exists(f"{self.run_directory}/run.db")

    def guard(self):
        """The process that guards it; None while there is none."""
        for entry in os.listdir("/proc"):
            if entry.isdigit() and parent_of(entry) == self.process.pid and "guard" in words_of(entry)[1:2]:
                return int(entry)
        return None

    def says(self, text):
        with open(f"{self.folder}/output", encoding="utf-8", errors="replace") as file:
            return text in file.read()

    def ended(self):
        return self.process.poll() is not None

    def wait(self, seconds):
        """Its exit code, or minus the signal that killed it; None when it did not end in time, and then it is killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        finally:
            self.output_file.close()

    def clean(self):
        """The exit code of `bhsim clean`."""
        return subprocess.run([f"{self.build}/bhsim", "clean"], env=self.environment, stdout=subprocess.DEVNULL).returncode

    def bhsim(self, *words):
        """The exit code of another command about this run."""
        with open(f"{self.folder}/{words[0]}", "w", encoding="utf-8") as file:
            return subprocess.run([f"{self.build}/bhsim", *words, f"--out={self.folder}/runs"], env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT).returncode


def ids_with(label):
    """Containers, networks and volumes."""
    words = ["--filter", f"label={label}"]
    return (lines_of("docker", "ps", "-aq", *words) + lines_of("docker", "network", "ls", "-q", *words)
            + lines_of("docker", "volume", "ls", "-q", *words))


def processes_of(run_id):
    """Those that have it in their command line: the guard, and whatever else works on the run."""
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and any(run_id in word for word in words_of(pid))]


class Host:
    """What a run must leave as it was."""

    def __init__(self):
        self.before = self.now()

    @staticmethod
    def now():
        own = set(lines_of("docker", "ps", "-aq", "--filter", f"label={LABEL}"))
        others = [one for one in lines_of("docker", "ps", "-aq") if one not in own]
        return {
            "rules of tc": lines_of("tc", "qdisc", "show"),
            "mounts": [line for line in open("/proc/mounts", encoding="utf-8") if "bhsim-" in line],
            "containers of others": [f"{one} {output_of('docker', 'inspect', '-f', LOOKED_AT, one)}" for one in others],
        }

    def differences(self):
        found = []
        for what, after in self.now().items():
            before = self.before[what]
            if after != before:
                gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
                found.append(f"{what} are not as they were: gone {list(gone.elements())}, new {list(new.elements())}")
        return found


def healed(directory):
    """One sentence for each fault of the journal that is not shown as healed. A line that was cut never was."""
    try:
        with open(f"{directory}/journal", encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    states = {}
    for line in text.split("\n")[:-1]:
        record = json.loads(line)
        states[record["id"]] = record["state"]
    return [f"fault {number} is {state} in the journal" for number, state in states.items() if state != "HEALED"]


def judged(run):
    """The store opens, is sealed, is sound, and bhsim judges it."""
    if not run.has_store():
        return []
    directory, found = run.run_directory, []
    try:
        store = sqlite3.connect(f"file:{directory}/run.db?mode=ro", uri=True)
        if store.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            found.append("the store is damaged")
        if store.execute("SELECT value FROM meta WHERE key = 'sealed'").fetchone()[0] == "open":
            found.append("the store is not sealed")
    except sqlite3.Error as error:
        found.append(f"the store does not open: {error}")
    code = run.bhsim("check", directory)
    if code not in (0, 1, 2):
        found.append(f"bhsim check ends with {code}: see {run.folder}/check")
    return found


def what_is_wrong(run, host, patience):
    """Sentences, when something of the run is left after that time, was changed for good, or cannot be judged."""
    run_id = run.run_id
    found = []
    if run_id:
        label = f"{LABEL}={run_id}"
        wait_until(lambda: not ids_with(label) and not processes_of(run_id), patience)
        if left := ids_with(label):
            found.append(f"{len(left)} things are left on the engine")
        found += [f"process {pid} is left: {' '.join(words_of(pid))}" for pid in processes_of(run_id)]
        found += healed(run.run_directory)
    return found + host.differences() + judged(run)


def possible_faults(build):
    """Names, by `bhsim list faults`; what this host cannot do is left out, and said."""
    names = []
    for line in lines_of(f"{build}/bhsim", "list", "faults"):
        if line.startswith(" "):
            print(f"{names.pop()}: {line.strip()}")
        elif not line.startswith("what the engine"):
            names.append(line.split()[0])
    return names


def require(build, out=None):
    if out and os.path.exists(out) and os.listdir(out):
        sys.exit(f"--out={out} is not empty: name a new folder, so that nothing of other runs is looked at")
    for needed in (f"{build}/bhsim", f"{build}/docker/helper/bhsim-helper", f"{build}/docker/base/rootfs"):
        if not os.path.exists(needed):
            sys.exit(f"{needed} is missing: cmake --build --preset test")
    if subprocess.run(["docker", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        sys.exit("no engine answers the docker command")
    environment = dict(os.environ, BHSIM_HOME=ROOT, BHSIM_DOCKER=f"{build}/docker")
    if subprocess.run([f"{build}/bhsim", "image", "build"], env=environment, stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit("the images cannot be built: see bhsim image build")


def kill(pid, number=signal.SIGKILL):
    """Of a process that is ours; one that is gone is no trouble."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
