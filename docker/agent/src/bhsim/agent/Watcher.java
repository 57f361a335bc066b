package bhsim.agent;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Notices changed class files below the watched directories: at once by the system's notifications,
 * and within a second by a scan, which also finds directories that were removed and made again, and
 * whatever a full notification queue lost. Names that begin with a dot are being written still, and
 * are left alone. Belongs to one thread.
 */
class Watcher {
  private static final long SCAN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_DEPTH = 32;
  private static final int MOST_FILES = 20_000;

  /** What tells two states of a file apart without reading it. */
  private record Stamp(FileTime modified, long size, Object fileKey) {}

  private record Watched(WatchKey key, Path root, Object fileKey) {}

  private final List<Path> roots;
  private final Inbox inbox;
  private final Map<Path, Stamp> known = new HashMap<>();
  private final Map<Path, Watched> directories = new HashMap<>();
  private final Set<Path> missing = new HashSet<>();
  private WatchService service;
  private boolean tooMany;

  Watcher(List<Path> roots, Inbox inbox) {
    this.roots = roots.stream().map(Path::toAbsolutePath).map(Path::normalize).toList();
    this.inbox = inbox;
  }

  /** Notes what is there already, and is therefore what the JVM loads. */
  void begin() throws IOException {
    service = roots.get(0).getFileSystem().newWatchService();
    scan(false);
    for (Path root : roots) {
      if (Files.isDirectory(root)) {
        AgentLog.info("watching " + root + ", " + known.size() + " class files there");
      }
    }
  }

  /** Watches for ever. */
  void run() throws Exception {
    long nextScan = System.nanoTime() + SCAN_NANOS;
    while (true) {
      WatchKey key = service.poll(Math.max(0, nextScan - System.nanoTime()), TimeUnit.NANOSECONDS);
      boolean lost = key != null && handle(key);
      if (lost || System.nanoTime() - nextScan >= 0) {
        scan(true);
        nextScan = System.nanoTime() + SCAN_NANOS;
      }
    }
  }

  /** A change on its way to the inbox; a subclass may lose it. */
  protected boolean deliver(Inbox.Change change) {
    return inbox.offer(change);
  }

  /** Returns whether a scan is needed to know what happened. */
  private boolean handle(WatchKey key) throws IOException {
    Path directory = (Path) key.watchable();
    Watched watched = directories.get(directory);
    boolean scanNeeded = watched == null;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == StandardWatchEventKinds.OVERFLOW || watched == null) {
        scanNeeded = true;
        continue;
      }
      Path file = directory.resolve((Path) event.context());
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        scanNeeded |= event.kind() == StandardWatchEventKinds.ENTRY_CREATE;
      } else if (isClassFile(file)) {
        notice(watched.root, file, true);
      }
    }
    if (!key.reset()) {
      directories.remove(directory);
      scanNeeded = true;
    }
    return scanNeeded;
  }

  private void scan(boolean deliver) throws IOException {
    Set<Path> present = new HashSet<>();
    for (Path root : roots) {
      if (!Files.isDirectory(root)) {
        if (missing.add(root)) {
          AgentLog.warn("the watched directory " + root + " is not there; waiting for it");
        }
        continue;
      }
      if (missing.remove(root)) {
        AgentLog.info("watching " + root + " again");
      }
      walk(root, present, deliver);
    }
    known.keySet().retainAll(present);
  }

  private void walk(Path root, Set<Path> present, boolean deliver) throws IOException {
    Files.walkFileTree(
        root, EnumSet.noneOf(FileVisitOption.class), MOST_DEPTH, new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (isHidden(directory) && !directory.equals(root)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            watch(root, directory, attributes.fileKey());
            // A directory where a class file should be: told like any other file that is none.
            if (isClassFile(directory)) {
              visitFile(directory, attributes);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!isClassFile(file)) {
              return FileVisitResult.CONTINUE;
            }
            if (present.size() >= MOST_FILES) {
              if (!tooMany) {
                AgentLog.error("more than " + MOST_FILES + " class files below " + root
                    + ": the rest is not watched");
              }
              tooMany = true;
              return FileVisitResult.TERMINATE;
            }
            present.add(file);
            notice(root, file, deliver);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // It went away meanwhile, or the next scan sees it.
          }
        });
  }

  private void watch(Path root, Path directory, Object fileKey) throws IOException {
    Watched before = directories.get(directory);
    if (before != null && before.key.isValid() && before.fileKey.equals(fileKey)) {
      return;
    }
    if (before != null) {
      before.key.cancel();
    }
    try {
      WatchKey key = directory.register(service, StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_DELETE);
      directories.put(directory, new Watched(key, root, fileKey));
    } catch (IOException e) {
      // Without notifications (no inotify watches left, or the directory has gone) the scan alone
      // must do.
      AgentLog.warn(
          "no notifications for " + directory + ": " + e + "; it is looked at once a second");
      directories.remove(directory);
    }
  }

  private void notice(Path root, Path file, boolean deliver) {
    Stamp stamp;
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      stamp = new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    } catch (IOException e) {
      known.remove(file);
      return;
    }
    if (stamp.equals(known.get(file))) {
      return;
    }
    if (!deliver || deliver(new Inbox.Change(root, file, System.nanoTime()))) {
      known.put(file, stamp);
    }
  }

  private static boolean isClassFile(Path file) {
    return !isHidden(file) && file.getFileName().toString().endsWith(".class");
  }

  private static boolean isHidden(Path file) {
    return file.getFileName() != null && file.getFileName().toString().startsWith(".");
  }
}
