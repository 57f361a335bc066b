package bhsim.staller;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Says that the application is well, whoever asks whatever path on 127.0.0.1, and notes when. One
 * request a connection, one connection at a time.
 */
final class HealthDesk {
  private static final int PATIENCE_MILLIS = 1000;
  private static final int MOST_HEAD_BYTES = 8192;
  private static final String BODY = "{\"status\":\"UP\"}";
  private static final byte[] ANSWER =
      ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + BODY.length()
          + "\r\nConnection: close\r\n\r\n" + BODY)
          .getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket server;

  /** @param port where it listens; 0: one that is free */
  HealthDesk(int port) throws IOException {
    server = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
  }

  int port() {
    return server.getLocalPort();
  }

  /** From now on there is an answer. */
  void open(Journal journal) {
    Thread thread = new Thread(() -> serve(journal), "bhsim-staller-health");
    thread.setDaemon(true);
    thread.start();
  }

  private void serve(Journal journal) {
    while (true) {
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(PATIENCE_MILLIS);
        if (hasWholeHead(socket.getInputStream())) {
          journal.asked();
          socket.getOutputStream().write(ANSWER);
        }
      } catch (IOException e) {
        pause(); // Whoever asked has gone, or there are no descriptors left for a moment.
      }
    }
  }

  private static boolean hasWholeHead(InputStream in) throws IOException {
    int ending = 0;
    for (int read = 0; read < MOST_HEAD_BYTES; read++) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      ending = next == (ending % 2 == 0 ? '\r' : '\n') ? ending + 1 : next == '\r' ? 1 : 0;
      if (ending == 4) {
        return true;
      }
    }
    return false;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
