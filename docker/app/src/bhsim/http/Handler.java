package bhsim.http;

/** Answers a request, now or later, from any thread, by {@link Exchange#respond} exactly once. */
@FunctionalInterface
public interface Handler {
  void handle(Exchange exchange) throws Exception;

  /** Hands over an exchange; whatever the handler throws becomes the response. */
  static void run(Handler handler, Exchange exchange, String operation, HttpServer.Events events) {
    try {
      handler.handle(exchange);
    } catch (HttpError e) {
      exchange.respond(Response.error(e.status(), e.getMessage()));
    } catch (Throwable e) {
      // Errors too: a swapped class that does not link must cost its own requests and nothing else.
      events.failed("operation " + operation, e);
      exchange.respond(Response.error(500, "internal error"));
    }
  }
}
