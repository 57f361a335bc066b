import com.sun.net.httpserver.HttpServer;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An application to be broken: it answers, computes, writes, and ends itself when asked. */
public final class Breakable {
  private static final int PORT = 8080;
  private static final int CODE_WHEN_ASKED = 7;

  private Breakable() {}

  public static void main(String[] arguments) throws Exception {
    InetAddress all = InetAddress.getByName("0.0.0.0");
    HttpServer server = HttpServer.create(new InetSocketAddress(all, PORT), 0);
    server.createContext("/ready", exchange -> {
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
    });
    server.createContext("/exit", exchange -> Runtime.getRuntime().halt(CODE_WHEN_ASKED));
    start(Breakable::compute);
    start(Breakable::write);
    server.start();
  }

  private interface Work {
    void once() throws Exception;
  }

  private static void start(Work work) {
    Thread thread = new Thread(() -> {
      try {
        while (true) {
          work.once();
        }
      } catch (Exception e) {
        e.printStackTrace();
      }
    });
    thread.setDaemon(true);
    thread.start();
  }

  /** Half of a core. */
  private static void compute() throws InterruptedException {
    long until = System.nanoTime() + 20_000_000;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    Thread.sleep(20);
  }

  /** What the page cache keeps of it counts as memory of the container. */
  private static void write() throws Exception {
    byte[] piece = new byte[1 << 16];
    try (RandomAccessFile file = new RandomAccessFile("/logs/written", "rw")) {
      for (int i = 0; i < 1024; i++) {
        file.write(piece);
        Thread.sleep(5);
      }
    }
  }
}
