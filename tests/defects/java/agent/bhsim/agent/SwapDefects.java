package bhsim.agent;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What goes wrong while, or after, a class is swapped. */
final class SwapDefects {
  private SwapDefects() {}

  /** PERF-04. */
  static final class SleepsPerSwap extends AgentDefect {
    @Override
    void beforeSwap(String className) throws InterruptedException {
      Thread.sleep(2500);
    }
  }

  /** PERF-05. */
  static final class EveryTenthSlow extends AgentDefect {
    private int swaps;

    @Override
    synchronized void beforeSwap(String className) throws InterruptedException {
      if (++swaps % 10 == 0) {
        Thread.sleep(4000);
      }
    }
  }

  /**
   * LOAD-04: three million small linked objects a swap, collected in full when the next one comes.
   */
  static final class GarbagePerSwap extends AgentDefect {
    private static final int OBJECTS = 3_000_000;
    private Node garbage;

    private static final class Node {
      final Node next;
      long weight;

      Node(Node next) {
        this.next = next;
      }
    }

    @Override
    synchronized void afterSwap(String className) {
      System.gc();
      garbage = null;
      for (int i = 0; i < OBJECTS; i++) {
        garbage = new Node(garbage);
        garbage.weight = i;
      }
    }
  }

  /** RES-02: small arrays that nobody keeps. */
  static final class AllocatesPerSwap extends AgentDefect {
    private static final int PIECE_BYTES = 32 << 10;
    private static final int PIECES = (200 << 20) / PIECE_BYTES;
    private volatile byte[] last; // or the compiler leaves them out

    @Override
    void afterSwap(String className) {
      for (int i = 0; i < PIECES; i++) {
        last = new byte[PIECE_BYTES];
      }
      last = null;
    }
  }

  /** STAB-03: a loader with a class of its own, kept. */
  static final class ClassLoaderPerSwap extends AgentDefect {
    private final List<Class<?>> kept = new ArrayList<>();

    /** What is loaded again and again. */
    static final class Kept {}

    private static final class Loader extends ClassLoader {
      Class<?> define(byte[] bytes) {
        return defineClass(Kept.class.getName(), bytes, 0, bytes.length);
      }
    }

    @Override
    synchronized void afterSwap(String className) {
      String file = "/" + Kept.class.getName().replace('.', '/') + ".class";
      try (InputStream in = Kept.class.getResourceAsStream(file)) {
        kept.add(new Loader().define(in.readAllBytes()));
      } catch (IOException e) {
        throw new IllegalStateException("the agent's own jar cannot be read", e);
      }
    }
  }

  /** STAB-04. */
  static final class ThreadPerSwap extends AgentDefect {
    private int number;

    @Override
    synchronized void afterSwap(String className) {
      Thread thread = new Thread(ThreadPerSwap::waitForEver, "bhsim-agent-kept-" + ++number);
      thread.setDaemon(true);
      thread.start();
    }

    private static void waitForEver() {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** STAB-05. */
  static final class DescriptorPerSwap extends AgentDefect {
    private final List<InputStream> kept = new ArrayList<>();

    @Override
    synchronized void afterSwap(String className) {
      try {
        kept.add(new FileInputStream("/proc/self/status"));
      } catch (IOException e) {
        throw new IllegalStateException("/proc cannot be read", e);
      }
    }
  }

  /** COMP-01: every fifth line is not written. */
  static final class AuditLineMissing extends AgentDefect {
    @Override
    AuditLog newAuditLog(AgentOptions options) throws IOException {
      return new AuditLog(options.audit()) {
        private int lines;

        @Override
        synchronized void write(
            String className, String before, String after, String outcome, String reason) {
          if (++lines % 5 != 0) {
            super.write(className, before, after, outcome, reason);
          }
        }
      };
    }
  }
}
