package bhsim.failure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A price feed in the neighbourhood, on this machine, that is not there, does not answer, or ends
 * the connection, in turn.
 */
final class NetworkIssues implements Scenario {
  private enum Mode { ANSWERS, SILENT, RESETS }

  private static final int PATIENCE_MILLIS = 100;
  private static final int BACKLOG = 50;

  private final InetAddress here = InetAddress.getLoopbackAddress();
  private final List<Socket> silent = new ArrayList<>();
  private final int port;
  private ServerSocket listener;
  private Thread feed;
  private volatile Mode mode = Mode.ANSWERS;

  NetworkIssues() throws IOException {
    listener = new ServerSocket(0, BACKLOG, here);
    port = listener.getLocalPort();
    serve(listener);
  }

  @Override
  public void breakDown(int episode) throws IOException {
    switch (episode % 3) {
      case 0 -> close();
      case 1 -> mode = Mode.SILENT;
      default -> mode = Mode.RESETS;
    }
    ask();
  }

  @Override
  public void mend(int episode) throws IOException {
    mode = Mode.ANSWERS;
    if (listener.isClosed()) {
      ServerSocket again = new ServerSocket();
      again.setReuseAddress(true);
      again.bind(new InetSocketAddress(here, port), BACKLOG);
      listener = again;
      serve(again);
    }
    ask();
  }

  private void ask() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(here, port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write("SKU-0042\n".getBytes(StandardCharsets.US_ASCII));
      String line = reader(socket).readLine();
      if (line == null) {
        throw new IOException("the feed ended the connection without an answer");
      }
    }
  }

  private void serve(ServerSocket on) {
    feed = new Thread(() -> {
      try {
        while (true) {
          answer(on.accept());
        }
      } catch (IOException e) {
        // Closed: the feed is gone.
      }
    }, "feed");
    feed.setDaemon(true);
    feed.start();
  }

  private void answer(Socket socket) throws IOException {
    if (mode == Mode.SILENT) {
      synchronized (silent) {
        silent.add(socket);
      }
      return;
    }
    try (socket) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      String wanted = reader(socket).readLine();
      if (mode == Mode.RESETS) {
        // Without a lingering end the client gets a reset.
        socket.setSoLinger(true, 0);
        return;
      }
      socket.getOutputStream().write((wanted + ",199\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // This client is gone; the next one is served.
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** The port is only closed once nobody waits at it any more. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      feed.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (silent) {
      for (Socket socket : silent) {
          socket.close();
        }
        silent.clear();
    }
  }
}
