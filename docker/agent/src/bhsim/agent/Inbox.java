package bhsim.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Changed files that wait for their turn, each once however often it changes meanwhile, in order of
 * arrival. A file that is being worked on stays here until that is over, so that no class is ever
 * swapped by two threads at once. Safe for use by any thread.
 */
final class Inbox {
  private static final int MOST_WAITING = 4096;
  /** How long a class waits for the others of its group. */
  private static final long GROUP_WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * A changed file.
   *
   * @param root the watched directory that it lies below
   * @param detected when it was first noticed, System.nanoTime()
   */
  record Change(Path root, Path file, long detected) {
    /** The class that a file of this name should hold. */
    String className() {
      String relative = root.relativize(file).toString();
      return relative.substring(0, relative.length() - ".class".length()).replace('/', '.');
    }
  }

  private final AgentOptions options;
  private final Map<Path, Change> waiting = new LinkedHashMap<>();
  private final Set<Path> busy = new HashSet<>();

  Inbox(AgentOptions options) {
    this.options = options;
  }

  /** False when there is no room: whoever noticed the change has to come again. */
  synchronized boolean offer(Change change) {
    if (waiting.size() >= MOST_WAITING && !waiting.containsKey(change.file)) {
      return false;
    }
    waiting.putIfAbsent(change.file, change);
    notifyAll();
    return true;
  }

  synchronized int size() {
    return waiting.size();
  }

  /**
   * Waits for the next change, and takes with it those of its group that are there. {@link #done}
   * must follow.
   */
  synchronized List<Change> take() throws InterruptedException {
    while (true) {
      Change first = firstFree();
      if (first == null) {
        wait();
        continue;
      }
      Set<String> group = options.groupOf(first.className());
      long left = first.detected + GROUP_WINDOW_NANOS - System.nanoTime();
      List<Change> together = membersOf(group, first);
      if (together.size() < group.size() && left > 0) {
        wait(0, (int) Math.min(left, 999_999));
        continue;
      }
      for (Change change : together) {
        waiting.remove(change.file);
        busy.add(change.file);
      }
      return together;
    }
  }

  synchronized void done(List<Change> changes) {
    for (Change change : changes) {
      busy.remove(change.file);
    }
    notifyAll();
  }

  private Change firstFree() {
    for (Change change : waiting.values()) {
      if (!busy.contains(change.file)) {
        return change;
      }
    }
    return null;
  }

  private List<Change> membersOf(Set<String> group, Change first) {
    List<Change> members = new ArrayList<>(List.of(first));
    Iterator<Change> others =
        group.size() == 1 ? List.<Change>of().iterator() : waiting.values().iterator();
    while (others.hasNext()) {
      Change other = others.next();
      if (other != first && !busy.contains(other.file) && group.contains(other.className())) {
        members.add(other);
      }
    }
    return members;
  }
}
