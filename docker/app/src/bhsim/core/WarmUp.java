package bhsim.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Exercises the application through its own socket, so that the first real requests do not meet
 * cold code.
 */
final class WarmUp {
  private static final int MOST_ROUNDS = 20_000;
  private static final int READ_LIMIT_MILLIS = 2000;

  private WarmUp() {}

  /** Returns how many requests were made; all are such that nothing is stored. */
  static int run(int port, Duration length) throws IOException {
    long end = System.nanoTime() + length.toNanos();
    int rounds = 0;
    byte[] answer = new byte[8192];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_LIMIT_MILLIS);
      while (rounds < MOST_ROUNDS && System.nanoTime() - end < 0) {
        ask(socket, answer, "GET /api/quote/SKU-" + String.format("%04d", rounds % 10_000), "");
        ask(socket, answer, "POST /api/orders",
            "{\"writer\":\"warm\",\"sequence\":" + rounds
                + ",\"sku\":\"SKU-0001\",\"quantity\":0}");
        ask(socket, answer, "GET /api/orders/warm/" + rounds, "");
        rounds += 3;
      }
    }
    return rounds;
  }

  private static void ask(Socket socket, byte[] answer, String what, String body)
      throws IOException {
    String request =
        what + " HTTP/1.1\r\nHost: warm-up\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    OutputStream out = socket.getOutputStream();
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    // Answers are small and written at once: one read is one answer, nearly always, and exactness
    // does not matter here.
    if (in.read(answer) < 0) {
      throw new IOException("the connection was closed");
    }
  }
}
