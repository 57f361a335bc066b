package bhsim.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Executor;

/**
 * Which handler answers which method and path, and on which executor. Built once, then read by any
 * thread.
 */
public final class Router {
  /** A route of no one: what the router answers itself is counted under this name. */
  public static final String UNROUTED = "unrouted";

  private final List<Route> routes = new ArrayList<>();

  /**
   * @param operation a short name, for metrics
   * @param executor where the handler runs; {@code Runnable::run} keeps it on the server's own
   *     thread, for handlers that never wait
   */
  public record Route(
      String operation, String method, List<String> pattern, Handler handler, Executor executor) {}

  /** A route and the values of its braces, or the refusal: exactly one of the two is there. */
  public record Match(Route route, Map<String, String> parameters, Response refusal) {}

  /**
   * @param pattern such as "/api/orders/{writer}/{sequence}"; braces match one segment that is not
   * empty
   */
  public void add(
      String operation, String method, String pattern, Handler handler, Executor executor) {
    routes.add(new Route(operation, method, List.of(pattern.split("/", -1)), handler, executor));
  }

  public Match match(Request request) {
    String[] segments = request.path().split("/", -1);
    // HEAD is answered wherever GET is, by the same handler; the body is left out on the wire.
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      Map<String, String> parameters = fit(route.pattern, segments);
      if (parameters == null) {
        continue;
      }
      if (route.method.equals(method)) {
        return new Match(route, parameters, null);
      }
      allowed.add(route.method);
    }
    if (allowed.isEmpty()) {
      return new Match(null, Map.of(), Response.error(404, "nothing is here"));
    }
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return new Match(null, Map.of(),
        Response.error(405, "this method is not served here")
            .header("Allow", String.join(", ", allowed)));
  }

  private static Map<String, String> fit(List<String> pattern, String[] segments) {
    if (pattern.size() != segments.length) {
      return null;
    }
    Map<String, String> parameters = Map.of();
    for (int i = 0; i < segments.length; i++) {
      String part = pattern.get(i);
      if (part.startsWith("{") && !segments[i].isEmpty()) {
        if (parameters.isEmpty()) {
          parameters = new HashMap<>();
        }
        parameters.put(part.substring(1, part.length() - 1), segments[i]);
      } else if (!part.equals(segments[i])) {
        return null;
      }
    }
    return parameters;
  }
}
