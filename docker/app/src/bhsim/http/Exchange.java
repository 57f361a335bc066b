package bhsim.http;

import java.util.Map;

/**
 * A request on its way to its response. The response may come from any thread; the first one
 * counts.
 */
public interface Exchange {
  Request request();

  /** The parts of the path that a route's braces name. */
  Map<String, String> parameters();

  void respond(Response response);

  /**
   * Ends the connection without a response: for tests of clients; a server that means well has no
   * use for it.
   */
  void abort();
}
