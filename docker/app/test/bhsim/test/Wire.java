package bhsim.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One connection to a server on this machine, byte by byte, so that requests can be as wrong as
 * they like.
 */
public final class Wire implements AutoCloseable {
  private static final int LIMIT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  public Wire(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
  }

  public Wire send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  public void endSending() throws IOException {
    socket.shutdownOutput();
  }

  /** The next response whole, head and body, or an empty text at the end of the connection. */
  public String read() throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return text.toString();
      }
      text.append((char) c);
    }
    String lower = text.toString().toLowerCase();
    int at = lower.indexOf("content-length: ");
    if (at >= 0) {
      int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf("\r\n", at)));
      text.append(new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  public boolean ended() throws IOException {
    return in.read() < 0;
  }

  /** One request and its response on a connection of its own. */
  public static String ask(int port, String method, String path, String body) throws IOException {
    try (Wire wire = new Wire(port)) {
      return wire
          .send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length()
              + "\r\n\r\n" + body)
          .read();
    }
  }

  /** What a client does that has had enough. */
  public void hangUp() throws IOException {
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
