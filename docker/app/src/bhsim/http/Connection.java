package bhsim.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

/**
 * One client. Reads and routes on the server's thread; a response may be written from any thread,
 * straight to the socket, so that the usual request costs no second wake-up. All fields are guarded
 * by the connection's own lock.
 */
final class Connection {
  private enum State {
    /** Waits for a request, or for the rest of one. */
    READING,
    /** A handler has the request. */
    BUSY,
    /** The client has not taken the whole response yet. */
    WRITING,
    /**
     * Our side is done; what the client still sends is read and thrown away, so that it gets our
     * last response.
     */
    LINGERING,
    CLOSED
  }

  private static final long LINGER_NANOS = 1_000_000_000L;

  private final HttpServer server;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final RequestParser parser;

  private State state = State.READING;
  private Pending pending;
  private ByteBuffer out;
  private boolean closeAfterwards;
  private boolean clientIsDone;
  private boolean readingStopped;
  private long deadline;

  Connection(HttpServer server, SocketChannel channel, SelectionKey key) {
    this.server = server;
    this.channel = channel;
    this.key = key;
    this.parser = new RequestParser(server.limits());
    this.deadline = System.nanoTime() + server.limits().idleTime().toNanos();
  }

  /** On the server's thread: the socket has something for us. */
  synchronized void ready(ByteBuffer scratch) {
    try {
      if (key.isValid() && key.isReadable()) {
        read(scratch);
      }
      if (state == State.WRITING && key.isValid() && key.isWritable()) {
        write();
      }
    } catch (IOException e) {
      close();
    }
    advance();
  }

  /**
   * On the server's thread: a response left from another thread needs our hand for what follows.
   */
  synchronized void resume() {
    if (state == State.WRITING) {
      interest(SelectionKey.OP_WRITE);
    } else if (state == State.READING || state == State.LINGERING) {
      readingStopped = false;
      interest(clientIsDone ? 0 : SelectionKey.OP_READ);
    }
    advance();
  }

  /** On the server's thread, now and then: whoever is too slow goes. */
  synchronized void sweep(long now) {
    if (state == State.CLOSED || now - deadline < 0) {
      return;
    }
    if (state == State.READING && !parser.isEmpty()) {
      refuse(new HttpError(408, "the request took too long to arrive"));
    } else {
      if (state == State.BUSY) {
        server.events().failed("a handler did not answer in time", null);
      }
      close();
    }
  }

  /**
   * On the server's thread, while draining: true when nothing is going on here and the client has
   * been quiet.
   */
  synchronized void closeIfQuiet(long now, long quietNanos) {
    long quietSince = deadline - server.limits().idleTime().toNanos();
    if (state == State.READING && parser.isEmpty() && now - quietSince >= quietNanos) {
      finish(true);
    }
  }

  synchronized boolean isClosed() {
    return state == State.CLOSED;
  }

  synchronized void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    pending = null;
    out = null;
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      // The descriptor is gone either way.
    }
  }

  private void read(ByteBuffer scratch) throws IOException {
    if (state == State.BUSY || state == State.WRITING) {
      // A request sent before the last one was answered waits in the kernel.
      readingStopped = true;
      interest(state == State.WRITING ? SelectionKey.OP_WRITE : 0);
      return;
    }
    scratch.clear();
    int count = channel.read(scratch);
    if (count < 0) {
      clientIsDone = true;
      if (state == State.LINGERING) {
        close();
      } else {
        interest(0);
      }
      return;
    }
    if (state == State.READING && count > 0) {
      if (parser.isEmpty()) {
        deadline = System.nanoTime() + server.limits().requestTime().toNanos();
      }
      parser.feed(scratch.array(), count);
    }
  }

  /** Takes up the next request, if it is there. */
  private void advance() {
    if (state != State.READING) {
      return;
    }
    if (parser.isEmpty()) {
      if (clientIsDone) {
        close();
      }
      return;
    }
    try {
      Request request = parser.next();
      if (request != null) {
        dispatch(request);
      } else if (clientIsDone) {
        close();
      } else if (parser.takeContinueWanted()) {
        channel.write(ByteBuffer.wrap("HTTP/1.1 100 Continue\r\n\r\n".getBytes("US-ASCII")));
      }
    } catch (HttpError e) {
      refuse(e);
    } catch (IOException e) {
      close();
    }
  }

  private void dispatch(Request request) {
    state = State.BUSY;
    deadline = System.nanoTime() + server.limits().handlerTime().toNanos();
    Router.Match match = server.router().match(request);
    String operation = match.refusal() != null ? Router.UNROUTED : match.route().operation();
    Pending exchange = new Pending(request, match.parameters(), operation);
    pending = exchange;
    if (match.refusal() != null) {
      exchange.respond(match.refusal());
      return;
    }
    try {
      match.route().executor().execute(
          () -> Handler.run(match.route().handler(), exchange, operation, server.events()));
    } catch (RejectedExecutionException e) {
      exchange.respond(Response.error(503, "too busy, try again").header("Retry-After", "1"));
    }
  }

  private void refuse(HttpError error) {
    pending = new Pending(null, Map.of(), Router.UNROUTED);
    state = State.BUSY;
    pending.respond(Response.error(error.status(), error.getMessage()).close());
  }

  private void write() throws IOException {
    channel.write(out);
    if (!out.hasRemaining()) {
      out = null;
      finish(closeAfterwards);
      interest(SelectionKey.OP_READ);
    }
  }

  /** A response is out: on to the next request, or to the end. */
  private void finish(boolean close) {
    if (!close) {
      state = State.READING;
      deadline = System.nanoTime()
          + (parser.isEmpty() ? server.limits().idleTime() : server.limits().requestTime())
                .toNanos();
      return;
    }
    state = State.LINGERING;
    deadline = System.nanoTime() + LINGER_NANOS;
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      close();
    }
    if (clientIsDone) {
      close();
    }
  }

  private void interest(int operations) {
    if (key.isValid()) {
      key.interestOps(operations);
    }
  }

  private synchronized void respond(Pending from, Response response) {
    if (state != State.BUSY || pending != from) {
      return;
    }
    pending = null;
    Request request = from.request;
    boolean keepAlive =
        request != null && request.keepAlive() && !response.closes() && !server.isDraining();
    out = response.encode(keepAlive, request != null && request.method().equals("HEAD"));
    // Before the bytes leave: whoever has its answer finds it counted.
    server.events().answered(from.operation, response.status(), System.nanoTime() - from.started);
    try {
      channel.write(out);
    } catch (IOException e) {
      close();
      return;
    }
    closeAfterwards = !keepAlive;
    if (out.hasRemaining()) {
      state = State.WRITING;
      deadline = System.nanoTime() + server.limits().writeTime().toNanos();
      server.resumeSoon(this);
    } else {
      out = null;
      finish(closeAfterwards);
      if (readingStopped || clientIsDone || (state == State.READING && !parser.isEmpty())) {
        server.resumeSoon(this);
      }
    }
  }

  private final class Pending implements Exchange {
    private final Request request;
    private final Map<String, String> parameters;
    private final String operation;
    private final long started = System.nanoTime();

    Pending(Request request, Map<String, String> parameters, String operation) {
      this.request = request;
      this.parameters = parameters;
      this.operation = operation;
    }

    @Override
    public Request request() {
      return request;
    }

    @Override
    public Map<String, String> parameters() {
      return parameters;
    }

    @Override
    public void respond(Response response) {
      Connection.this.respond(this, response);
    }

    @Override
    public void abort() {
      close();
    }
  }
}
