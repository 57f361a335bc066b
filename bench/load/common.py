"""What the benchmarks of the load engine share: nginx on one core, a client on the other, what a run of the client costs,
and lines that hold a figure against what is asked of it."""
import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SERVER_CORE, CLIENT_CORE = 0, 1
MOST_STOLEN, MOST_TRIES = 0.01, 3  # of one core; a pause of 10 ms makes ten of 1,000 requests a second late
PACKAGES = ["nginx-light", "openssl", "time", "wrk", "nghttp2-client", "apache2-utils"]
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
worker_rlimit_nofile 20000;
events {{ worker_connections 12000; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; tcp_nodelay on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
  server {{
    listen 127.0.0.1:{port} backlog=8192; listen 127.0.0.1:{tls_port} ssl backlog=8192;
    location = /x {{ default_type text/plain; return 200 "{body}"; }}
  }}
}}
"""


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bhsim", default=os.path.join(ROOT, "build/release/bhsim"))
    return parser


def check_tools(args, needed=("nginx", "openssl", "time", "taskset")):
    """Ends the program, with what to do, when it could not measure."""
    if not os.access(args.bhsim, os.X_OK):
        sys.exit(f"{args.bhsim} is not there: build it with cmake --preset release && cmake --build --preset release, "
                 "or name it with --bhsim")
    if os.cpu_count() < 2:
        sys.exit("one core is not enough: server and client need one each")
    for tool in needed:
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: bench/load/compare --install")


def compiled(source, folder):
    path = os.path.join(folder, source.removesuffix(".cpp"))
    subprocess.run(["g++", "-std=c++20", "-O2", os.path.join(HERE, source), "-o", path], check=True)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(command, port, **options):
    """A server on its core, from when it takes connections."""
    server = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *command], **options)
    try:
        give_up = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if server.poll() is not None or time.monotonic() > give_up:
                sys.exit(f"{' '.join(command)}: takes no connections on port {port}")
            time.sleep(0.05)
        yield server
    finally:
        server.terminate()
        server.wait()


class Nginx:
    """One worker that answers /x with 100 bytes, over http and, with a certificate made for this run, over https."""

    def __init__(self, folder):
        os.chmod(folder, 0o755)  # the worker is another user
        self.folder, self.port, self.tls_port = folder, free_port(), free_port()
        self.certificate = os.path.join(folder, "certificate.pem")
        self.config = os.path.join(folder, "nginx.conf")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", self.certificate,
                        "-keyout", os.path.join(folder, "key.pem")], check=True, stderr=subprocess.DEVNULL)
        with open(self.config, "w") as file:
            file.write(NGINX.format(folder=folder, port=self.port, tls_port=self.tls_port, body="x" * 100))

    @contextlib.contextmanager
    def running(self):
        with serving(["nginx", "-c", self.config], self.port) as self.process:
            yield self

    def url(self, tls=False):
        return f"https://127.0.0.1:{self.tls_port}/x" if tls else f"http://127.0.0.1:{self.port}/x"

    def cpu_s(self):
        """CPU time of the worker so far."""
        pid = self.process.pid
        worker = open(f"/proc/{pid}/task/{pid}/children").read().split()[0]
        fields = open(f"/proc/{worker}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    text: str         # standard output and error
    cpu_s: float      # of the whole process: start and end are in it
    memory_mb: float  # resident, at its most


def run(command):
    """Runs a command on the client's core."""
    with tempfile.NamedTemporaryFile("r") as memory, tempfile.TemporaryFile() as out:
        # time(1) tells the memory, since what wait4 tells is at least that of this interpreter, which the child was forked from.
        words = ["time", "-q", "-f", "%M", "-o", memory.name, "taskset", "-c", str(CLIENT_CORE), *command]
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Cost(out.read().decode(errors="replace"), usage.ru_utime + usage.ru_stime, int(memory.read()) / 1024)


def run_bhsim(binary, url, *words):
    """What a run of `bhsim load` cost, and its summary."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "summary.json")
        cost = run([binary, "load", url, *words, "--json", path])
        if not os.path.exists(path):
            sys.exit(cost.text)
        with open(path) as summary:
            return cost, json.load(summary)


def start_cpu_s(binary, url, connections, *words):
    """CPU time of a process that makes its connections, sends one request and ends."""
    cost, _ = run_bhsim(binary, url, "--rate", "10/s", "--arrivals", "constant", "--duration", "100ms", "--connections",
                        str(connections), *words)
    return cost.cpu_s


def found(pattern, text):
    """The first group of `pattern`, which a tool must have printed."""
    match = re.search(pattern, text)
    return match.group(1) if match else sys.exit(f"expected {pattern} in what a tool printed:\n{text}")


def stolen_s():
    """Time that the host has taken from all cores so far."""
    return int(open("/proc/stat").readline().split()[8]) / os.sysconf("SC_CLK_TCK")


class Calm:
    """Repeats a run, whichever tool's, that the host disturbed. What it then still took is told."""

    def __init__(self):
        self.repeats, self.worst = 0, 0

    def run(self, measure):
        """What `measure` returns for the first run that is calm, or else for the calmest."""
        tries = []
        for _ in range(MOST_TRIES):
            stolen, began = stolen_s(), time.monotonic()
            result = measure()
            tries.append(((stolen_s() - stolen) / (time.monotonic() - began), result))
            if tries[-1][0] <= MOST_STOLEN:
                break
        self.repeats += len(tries) - 1
        share, result = min(tries, key=lambda one: one[0])
        self.worst = max(self.worst, share)
        return result

    def __str__(self):
        return (f"Runs repeated because the host took more than {100 * MOST_STOLEN:g} % of a core: {self.repeats}; of those that "
                f"count it took at most {100 * self.worst:.1f} %.")


def spread(values, digits=2):
    values = [v for v in values if v is not None]
    if not values:
        return "–"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


@dataclass
class Asked:
    """A figure that is asked for. Its median over the rounds counts, or the worst of them where it is one of `always`."""
    what: str
    values: list  # one a round; none: what it needs is not there
    most: float = None
    least: float = None
    always: bool = False
    unit: str = ""
    digits: int = 2
    missing: str = "not measured"

    def holds(self):
        if not self.values:
            return False
        seen = statistics.median(self.values)
        if self.always:
            seen = min(self.values) if self.most is None else max(self.values)
        return seen >= self.least if self.most is None else seen <= self.most

    def __str__(self):
        limit = f"≥ {self.least:g}" if self.most is None else f"≤ {self.most:g}"
        if not self.values:
            return f"- {self.what}: asked {limit}{self.unit}, {self.missing}"
        return (f"- {self.what}: asked {limit}{self.unit}, seen {spread(self.values, self.digits)}{self.unit}: "
                + ("holds" if self.holds() else "DOES NOT HOLD"))


def print_asked(asked):
    """Prints a line each, and says whether all hold."""
    print()
    for one in asked:
        print(one)
    sys.stdout.flush()
    return all(one.holds() for one in asked)


def machine():
    return f"{os.cpu_count()} cores, {os.uname().release}, load {os.getloadavg()[0]:.1f}"
