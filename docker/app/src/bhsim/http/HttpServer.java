package bhsim.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * HTTP/1.1 on one thread that never waits for a handler. Why not the JDK's own server: it runs
 * every context on one executor, so that health checks would queue behind work, and it neither
 * bounds heads nor refuses ambiguous framing.
 */
public final class HttpServer {
  /** What the server tells about itself; called from its own thread and from handlers' threads. */
  public interface Events {
    void answered(String operation, int status, long nanos);

    /** @param error null when there is none */
    void failed(String what, Throwable error);
  }

  private static final int BACKLOG = 1024;
  private static final int SCRATCH_BYTES = 16 * 1024;
  private static final long SWEEP_MILLIS = 250;

  private final Limits limits;
  private final Router router;
  private final Events events;
  private final Selector selector;
  private final ServerSocketChannel listener;
  private final SelectionKey listening;
  private final Thread thread;
  private final Queue<Connection> resumed = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Set<Connection> connections = new HashSet<>();

  private volatile boolean draining;
  private volatile boolean listenerCloses;
  private volatile long quietNanos = Long.MAX_VALUE;
  private volatile boolean stopped;
  private volatile int open;

  /** Binds, and does not serve before {@link #start}. Port 0 means any free one. */
  public HttpServer(InetSocketAddress address, Limits limits, Router router, Events events)
      throws IOException {
    this.limits = limits;
    this.router = router;
    this.events = events;
    selector = Selector.open();
    listener = ServerSocketChannel.open();
    listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    listener.bind(address, BACKLOG);
    listener.configureBlocking(false);
    listening = listener.register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::loop, "http");
  }

  public void start() {
    thread.start();
  }

  public int port() {
    return listener.socket().getLocalPort();
  }

  /** Connections open now. */
  public int openConnections() {
    return open;
  }

  /** From now on every response ends its connection. New connections are still taken. */
  public void drain() {
    draining = true;
  }

  /**
   * Takes no more connections, lets what was accepted finish, closes connections that have been
   * quiet for the given time. Returns whether all were done within the limit; the server has ended
   * either way.
   */
  public boolean stop(Duration quiet, Duration limit) throws InterruptedException {
    draining = true;
    listenerCloses = true;
    quietNanos = quiet.toNanos();
    selector.wakeup();
    boolean done = ended.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    stopped = true;
    selector.wakeup();
    ended.await(1, TimeUnit.SECONDS);
    return done;
  }

  Limits limits() {
    return limits;
  }

  Router router() {
    return router;
  }

  Events events() {
    return events;
  }

  boolean isDraining() {
    return draining;
  }

  void resumeSoon(Connection connection) {
    resumed.add(connection);
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  private void loop() {
    ByteBuffer scratch = ByteBuffer.allocate(SCRATCH_BYTES);
    long nextSweep = System.nanoTime();
    while (!stopped) {
      try {
        selector.select(draining ? 20 : SWEEP_MILLIS);
        serve(scratch);
        long now = System.nanoTime();
        if (now - nextSweep >= 0) {
          nextSweep = now + TimeUnit.MILLISECONDS.toNanos(draining ? 20 : SWEEP_MILLIS);
          sweep(now);
        }
        if (listenerCloses && !listener.isOpen() && connections.isEmpty()) {
          break;
        }
      } catch (Throwable e) {
        // The loop is the server: whatever one connection does to it, the others go on.
        events.failed("the server's loop", e);
      }
    }
    end();
  }

  private void serve(ByteBuffer scratch) throws IOException {
    Iterator<SelectionKey> selected = selector.selectedKeys().iterator();
    while (selected.hasNext()) {
      SelectionKey key = selected.next();
      selected.remove();
      if (key == listening) {
        accept();
      } else {
        Connection connection = (Connection) key.attachment();
        connection.ready(scratch);
        forgetIfClosed(connection);
      }
    }
    // Bounded: a connection comes in once a response, and is answered at most once a turn.
    for (int budget = resumed.size(); budget > 0; budget--) {
      Connection connection = resumed.poll();
      connection.resume();
      forgetIfClosed(connection);
    }
    if (!resumed.isEmpty()) {
      selector.wakeup();
    }
    if (listenerCloses && listener.isOpen()) {
      // Out of the selector first: otherwise the descriptor would be closed only at the next
      // selection, and connections that come until then would be reset.
      listening.cancel();
      selector.selectNow();
      accept();
      listener.close();
    }
  }

  private void accept() throws IOException {
    while (connections.size() < limits.connections()) {
      SocketChannel channel;
      try {
        channel = listener.accept();
      } catch (IOException e) {
        // Out of descriptors, usually: the client waits in the backlog until the next turn.
        events.failed("accepting a connection", e);
        return;
      }
      if (channel == null) {
        return;
      }
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
      Connection connection = new Connection(this, channel, key);
      key.attach(connection);
      connections.add(connection);
      open = connections.size();
    }
    if (listening.isValid()) {
      listening.interestOps(0);
    }
  }

  private void forgetIfClosed(Connection connection) {
    if (connection.isClosed() && connections.remove(connection)) {
      open = connections.size();
      if (listening.isValid()) {
        listening.interestOps(SelectionKey.OP_ACCEPT);
      }
    }
  }

  private void sweep(long now) {
    for (Connection connection : connections.toArray(new Connection[0])) {
      connection.sweep(now);
      if (quietNanos != Long.MAX_VALUE) {
        connection.closeIfQuiet(now, quietNanos);
      }
      forgetIfClosed(connection);
    }
  }

  private void end() {
    for (Connection connection : connections) {
      connection.close();
    }
    try {
      listener.close();
      selector.close();
    } catch (IOException e) {
      events.failed("closing the server", e);
    }
    ended.countDown();
  }
}
