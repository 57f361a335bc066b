package bhsim.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What goes wrong between a file that changes and the class that should. */
final class WatcherDefects {
  private WatcherDefects() {}

  /**
   * STAB-07: after -Dbhsim.defect.after seconds nothing is noticed any more, and nobody is told.
   */
  static final class DiesHalfWay extends AgentDefect {
    private final long end =
        System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("bhsim.defect.after", 60));

    @Override
    boolean passes(Inbox.Change change) {
      return System.nanoTime() - end < 0;
    }
  }

  /**
   * REL-03: as the real ByteHot does, the watcher ends for good at the first file that is no class.
   */
  static final class DiesOnMalformed extends AgentDefect {
    private boolean dead;

    @Override
    boolean passes(Inbox.Change change) {
      try {
        ClassFile.nameOf(Files.readAllBytes(change.file()));
      } catch (ClassFile.Malformed | IOException e) {
        dead = true;
      }
      return !dead;
    }
  }

  /** Loses contents for good, however often their files are touched. */
  private abstract static class LosesContents extends AgentDefect {
    private final Map<String, Boolean> seen = new HashMap<>();

    @Override
    boolean passes(Inbox.Change change) {
      try {
        String digest = Sha256.of(Files.readAllBytes(change.file()));
        Boolean known = seen.get(digest);
        if (known != null) {
          return known;
        }
        boolean lost = loses(change);
        if (lost) {
          System.out.println("DefectAgent: lost " + digest);
        }
        seen.put(digest, !lost);
        return !lost;
      } catch (IOException e) {
        return true;
      }
    }

    /** Asked once for each content. */
    abstract boolean loses(Inbox.Change change);
  }

  /** REL-07: every eighth content. */
  static final class EveryEighthLost extends LosesContents {
    private long contents;

    @Override
    boolean loses(Inbox.Change change) {
      contents++;
      return contents % 8 == 0;
    }
  }

  /**
   * CONC-04: of a pair that changes together the second class is taken for a repetition of the
   * first.
   */
  static final class SecondOfAPairSkipped extends LosesContents {
    private static final long TOGETHER_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private long first;

    @Override
    boolean loses(Inbox.Change change) {
      if (change.className().equals("PricingService")) {
        first = System.nanoTime();
      }
      return change.className().equals("DiscountService") && first != 0
          && System.nanoTime() - first < TOGETHER_NANOS;
    }
  }

  /** CONC-05: what comes while a change is being noticed is dropped, whichever class it is of. */
  static final class OfTwoAtOnceOneLost extends LosesContents {
    private static final long AT_ONCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private long newest;
    private String of = "";

    @Override
    boolean loses(Inbox.Change change) {
      boolean atOnce = newest != 0 && System.nanoTime() - newest < AT_ONCE_NANOS;
      if (atOnce && !of.equals(change.className())) {
        return true;
      }
      newest = System.nanoTime();
      of = change.className();
      return false;
    }
  }

  /**
   * REL-02: from what is left of a damaged class the agent takes the generation, and serves that.
   */
  static final class SwallowsTruncated extends AgentDefect {
    private static final String MARKER = "bhsim-generation:";

    @Override
    ClassReader newReader(SwapPipeline.Parts parts) {
      return new ClassReader(parts.config(), parts.counters()) {
        @Override
        Delivered readWhole(Inbox.Change change) throws Refusal, InterruptedException, Rejected {
          try {
            return super.readWhole(change);
          } catch (Rejected e) {
            byte[] inForce = parts.loaded()
                                 .inForce(change.className())
                                 .map(LoadedClasses.Version::bytes)
                                 .orElse(null);
            String marker = markerIn(e.delivered().bytes());
            if (inForce == null || marker == null) {
              throw e;
            }
            byte[] bytes = withMarker(inForce, marker);
            return new Delivered(change.className(), bytes, e.delivered().sha256());
          }
        }
      };
    }

    /** The last one: a new generation is a constant more, behind the one that it replaces. */
    private static String markerIn(byte[] bytes) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      int at = text.lastIndexOf(MARKER);
      if (at < 0) {
        return null;
      }
      int end = at + MARKER.length();
      while (end < text.length() && Character.isDigit(text.charAt(end))) {
        end++;
      }
      return text.substring(at, end);
    }

    /** A constant of the pool is its length in two bytes, then its text (JVMS 4.4.7). */
    private static byte[] withMarker(byte[] bytes, String marker) {
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      String old = markerIn(bytes);
      String before = (char) (old.length() >> 8) + "" + (char) (old.length() & 0xFF) + old;
      String after = (char) (marker.length() >> 8) + "" + (char) (marker.length() & 0xFF) + marker;
      return text.replace(before, after).getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * COMP-05: after each swap the file on disk becomes the one before it again, and that is not
   * swapped in.
   */
  static final class RewritesDisk extends AgentDefect {
    private final Set<String> own = new HashSet<>();
    private final Map<String, byte[]> last = new HashMap<>();
    private Path root;

    @Override
    synchronized boolean passes(Inbox.Change change) {
      root = change.root();
      try {
        return !own.contains(Sha256.of(Files.readAllBytes(change.file())));
      } catch (IOException e) {
        return true;
      }
    }

    @Override
    synchronized void afterSwap(String className) {
      Path file = root.resolve(className.replace('.', '/') + ".class");
      try {
        byte[] now = Files.readAllBytes(file);
        byte[] before = last.put(className, now);
        if (before != null) {
          own.add(Sha256.of(before));
          Path staged = file.resolveSibling("." + file.getFileName());
          Files.write(staged, before);
          Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
        }
      } catch (IOException e) {
        AgentLog.error("the planted defect failed: " + e);
      }
    }
  }
}
