package bhsim.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks an application from inside its own process: the routes, handlers and counts that clients
 * over HTTP meet, without a socket and on the thread that asks. For any thread.
 */
public final class LocalClient {
  private static final long PATIENCE_SECONDS = 10;

  private final Router router;
  private final HttpServer.Events events;

  public LocalClient(Router router, HttpServer.Events events) {
    this.router = router;
    this.events = events;
  }

  public Response get(String path) throws IOException {
    return ask("GET", path, "");
  }

  public Response post(String path, String body) throws IOException {
    return ask("POST", path, body);
  }

  /** An IOException: there was no answer in time, or the handler gave the client up. */
  private Response ask(String method, String path, String body) throws IOException {
    Request request =
        new Request(method, path, Map.of(), Map.of(), body.getBytes(StandardCharsets.UTF_8), true);
    Router.Match match = router.match(request);
    if (match.refusal() != null) {
      return match.refusal();
    }
    String operation = match.route().operation();
    Call call = new Call(request, match.parameters());
    long started = System.nanoTime();
    Handler.run(match.route().handler(), call, operation, events);
    Response response = call.await();
    events.answered(operation, response.status(), System.nanoTime() - started);
    return response;
  }

  private record Call(Request request, Map<String, String> parameters,
      CompletableFuture<Response> answer) implements Exchange {
    Call(Request request, Map<String, String> parameters) {
      this(request, parameters, new CompletableFuture<>());
    }

    @Override
    public void respond(Response response) {
      answer.complete(response);
    }

    @Override
    public void abort() {
      answer.completeExceptionally(new IOException("given up"));
    }

    Response await() throws IOException {
      try {
        return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new IOException("no answer within " + PATIENCE_SECONDS + " s", e);
      } catch (ExecutionException e) {
        throw new IOException(e.getCause().getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for an answer", e);
      }
    }
  }
}
