package bhsim.agent;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads a delivered file and makes sure that it is a whole class of the right name, within the time
 * limit, again and again while the trouble may be passing. Belongs to one thread.
 */
class ClassReader {
  private static final long MOST_BYTES = 32L << 20;
  private static final long FIRST_PAUSE_MILLIS = 250;
  private static final long WRITER_PAUSE_MILLIS = 50;

  private final TimeLimited limited = new TimeLimited("bhsim-agent-read");
  private final Duration limit;
  private final int attempts;
  private final HotSwap counters;

  /** What was read, with the digest of exactly these bytes. */
  record Delivered(String className, byte[] bytes, String sha256) {}

  ClassReader(ProductionConfig config, HotSwap counters) {
    this.limit = config.validationTimeout();
    this.attempts = config.maxRetryAttempts();
    this.counters = counters;
  }

  /** The digest of what lies there now, tried once. */
  String readOnce(Inbox.Change change) throws Refusal, InterruptedException {
    return Sha256.of(read(change, 1));
  }

  private byte[] read(Inbox.Change change, int mostAttempts) throws Refusal, InterruptedException {
    for (int attempt = 1;; attempt++) {
      try {
        return limited.call(() -> bytesOf(change.file()), limit);
      } catch (TimeoutException e) {
        throw new Refusal(Refusal.Kind.FAILURE,
            "validation-timeout: not read within " + limit.toMillis() + " ms");
      } catch (Refusal | InterruptedException e) {
        throw e;
      } catch (Exception e) {
        retryOrGiveUp(change, attempt, mostAttempts, reason(e));
      }
    }
  }

  /** Reads and checks. */
  Delivered readWhole(Inbox.Change change) throws Refusal, InterruptedException, Rejected {
    for (int attempt = 1;; attempt++) {
      byte[] bytes = read(change, attempts);
      Delivered delivered = new Delivered(change.className(), bytes, Sha256.of(bytes));
      try {
        String name = ClassFile.nameOf(delivered.bytes);
        if (!name.equals(change.className())) {
          throw new Rejected(delivered, "NoClassDefFoundError: the file holds the class " + name);
        }
        return delivered;
      } catch (ClassFile.Malformed e) {
        if (!e.truncated() || attempt >= attempts || !isGrowing(change.file(), delivered)) {
          throw new Rejected(delivered, "ClassFormatError: " + e.getMessage());
        }
        counters.retried.incrementAndGet();
      }
    }
  }

  /** A refusal of bytes that were read, so that their digest can be told. */
  static final class Rejected extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Delivered delivered;

    Rejected(Delivered delivered, String reason) {
      super(reason);
      this.delivered = delivered;
    }

    Delivered delivered() {
      return delivered;
    }
  }

  private static byte[] bytesOf(Path file) throws IOException, Refusal {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      throw new Refusal(Refusal.Kind.FAILURE, "not a regular file");
    }
    if (attributes.size() > MOST_BYTES) {
      throw new Refusal(Refusal.Kind.FAILURE, "larger than " + MOST_BYTES + " bytes");
    }
    return Files.readAllBytes(file);
  }

  private void retryOrGiveUp(Inbox.Change change, int attempt, int mostAttempts, String reason)
      throws Refusal, InterruptedException {
    if (attempt >= mostAttempts) {
      throw new Refusal(Refusal.Kind.FAILURE, reason + ", given up after " + attempt + " attempts");
    }
    long pause = FIRST_PAUSE_MILLIS << Math.min(attempt - 1, 4);
    AgentLog.warn("RETRY class=" + change.className() + " attempt=" + attempt + "/" + attempts
        + " reason=\"" + reason + "\" next-in=" + pause + "ms");
    counters.retried.incrementAndGet();
    TimeUnit.MILLISECONDS.sleep(pause);
  }

  /**
   * Whether the file is another one a moment later than the one that was read: somebody is writing
   * it.
   */
  private static boolean isGrowing(Path file, Delivered delivered) throws InterruptedException {
    try {
      FileState before = FileState.of(file);
      TimeUnit.MILLISECONDS.sleep(WRITER_PAUSE_MILLIS);
      FileState after = FileState.of(file);
      return !before.equals(after) || after.size != delivered.bytes.length;
    } catch (IOException e) {
      return true;
    }
  }

  private record FileState(long size, long modifiedNanos) {
    static FileState of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileState(
          attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
    }
  }

  private static String reason(Exception e) {
    if (e instanceof AccessDeniedException) {
      return "unreadable: permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "unreadable: the file has gone";
    }
    return "unreadable: " + e;
  }
}
