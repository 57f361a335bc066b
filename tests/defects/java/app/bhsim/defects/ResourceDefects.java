package bhsim.defects;

import bhsim.http.Handler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What is taken and not given back. */
final class ResourceDefects {
  private ResourceDefects() {}

  /** STAB-02, LOAD-03. */
  static final class LeakPerRequest extends AppDefect {
    private final List<byte[]> kept = Collections.synchronizedList(new ArrayList<>());

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation)) {
          kept.add(new byte[1024]);
        }
        real.handle(exchange);
      };
    }
  }

  /**
   * RES-03: what is written for the auditors gets a thread of its own for two seconds, and every
   * ten seconds a second in which every request has something for them.
   */
  static final class ThreadsWithoutBound extends AppDefect {
    private static final long WRITING_MILLIS = 2000;

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation) && System.nanoTime() / 1_000_000_000 % 10 == 0) {
          later(0, () -> sleep(WRITING_MILLIS));
        }
        real.handle(exchange);
      };
    }
  }

  /** RES-04: every tenth request opens a connection, of which both ends stay. */
  static final class SocketsNeverClosed extends AppDefect {
    private final List<Socket> kept = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong requests = new AtomicLong();
    private ServerSocket listener;

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation) && requests.incrementAndGet() % 10 == 0) {
          open();
        }
        real.handle(exchange);
      };
    }

    private synchronized void open() throws IOException {
      if (listener == null) {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      }
      kept.add(new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
      kept.add(listener.accept());
    }
  }

  /** STAB-01: keeps a megabyte after another, and ends when the heap holds no more. */
  static final class HeapExhausted extends AppDefect {
    private static final int STEP_BYTES = 1 << 20;
    private final List<byte[]> kept = new ArrayList<>();

    @Override
    public void started() {
      later(afterSeconds(), () -> {
        try {
          while (true) {
            kept.add(new byte[STEP_BYTES]);
          }
        } catch (OutOfMemoryError e) {
          Runtime.getRuntime().halt(3); // as -XX:+ExitOnOutOfMemoryError does
        }
      });
    }
  }

  /** RES-07: takes memory outside the heap, then inside it, until the container has no more. */
  static final class MemoryAboveLimit extends AppDefect {
    private static final int STEP_BYTES = 32 << 20;
    private final List<Object> kept = new ArrayList<>();

    @Override
    public void started() {
      later(afterSeconds(), () -> {
        fill(() -> {
          ByteBuffer buffer = ByteBuffer.allocateDirect(STEP_BYTES);
          for (int i = 0; i < STEP_BYTES; i += 4096) {
            buffer.put(i, (byte) 1);
          }
          return buffer;
        });
        fill(() -> new byte[STEP_BYTES]);
      });
    }

    private void fill(java.util.function.Supplier<Object> step) {
      try {
        while (true) {
          kept.add(step.get());
          sleep(50);
        }
      } catch (OutOfMemoryError e) {
        // The JVM's own limit; the container's may still be further away.
      }
    }
  }
}
