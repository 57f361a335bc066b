package bhsim.http;

import java.time.Duration;

/**
 * What one client may cost us. Every buffer and every wait of the server is bounded by one of
 * these.
 *
 * @param connections open at once; beyond it new ones wait in the kernel's backlog
 * @param requestLineBytes longest request line, else 414
 * @param headBytes longest request line and headers together, else 431
 * @param bodyBytes longest body, else 413
 * @param requestTime first byte of a request to its last, else 408: slow clients are cut off
 * @param idleTime longest pause between two requests of a connection
 * @param writeTime longest stall of a client that does not read its response
 * @param handlerTime longest that a handler may take before its connection is given up
 */
public record Limits(int connections, int requestLineBytes, int headBytes, int bodyBytes,
    Duration requestTime, Duration idleTime, Duration writeTime, Duration handlerTime) {
  public static Limits defaults() {
    return new Limits(1000, 4096, 16 * 1024, 64 * 1024, Duration.ofSeconds(10),
        Duration.ofSeconds(75), Duration.ofSeconds(10), Duration.ofSeconds(60));
  }
}
