package bhsim.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Asks for the application's health at the configured interval. When it was good, then a class was
 * swapped, and now it is bad and stays so for a moment, the class goes back to what it was when
 * health was last good.
 */
class HealthMonitor {
  private static final int ANSWER_LIMIT_MILLIS = 5000;
  /**
   * An application's health may lag behind: what was swapped just before a good answer is not
   * confirmed by it yet.
   */
  private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int CONFIRMATIONS = 2;
  private static final long MOST_CONFIRMATION_PAUSE_MILLIS = 1000;

  private final URI url;
  private final ProductionConfig config;
  private final LastGood lastGood;
  private final SwapPipeline pipeline;
  private final CircuitBreaker breaker;
  private boolean goodBefore;
  private volatile boolean shuttingDown;

  HealthMonitor(URI url, ProductionConfig config, LastGood lastGood, SwapPipeline pipeline,
      CircuitBreaker breaker) {
    this.url = url;
    this.config = config;
    this.lastGood = lastGood;
    this.pipeline = pipeline;
    this.breaker = breaker;
  }

  /** The application is going down and says so: nobody's fault. */
  void shutDown() {
    shuttingDown = true;
  }

  void run() throws InterruptedException {
    long next = System.nanoTime();
    while (!shuttingDown) {
      // A process that was paused does not make up for the checks that it missed.
      next = Math.max(next + config.healthCheckInterval().toNanos(), System.nanoTime());
      TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
      check();
    }
  }

  private void check() throws InterruptedException {
    long asked = System.nanoTime();
    if (isGood()) {
      confirmed(lastGood.confirm(asked - SETTLING_NANOS));
      goodBefore = true;
      return;
    }
    Map<String, LastGood.Unconfirmed> suspects = lastGood.unconfirmed();
    AgentLog.warn("HEALTH-BAD url=" + url + " swaps-since-it-was-good=" + suspects.size());
    if (!config.autoRollback() || !goodBefore || suspects.isEmpty()) {
      return;
    }
    for (int i = 0; i < CONFIRMATIONS; i++) {
      TimeUnit.MILLISECONDS.sleep(confirmationPauseMillis());
      if (shuttingDown || isGood()) {
        return;
      }
    }
    rollBack(suspects);
    breaker.failure();
  }

  /** Short enough for a rollback within two intervals, whatever they are. */
  private long confirmationPauseMillis() {
    return Math.min(MOST_CONFIRMATION_PAUSE_MILLIS, config.healthCheckInterval().toMillis() / 8);
  }

  /** Health is bad since these were swapped. */
  protected void rollBack(Map<String, LastGood.Unconfirmed> suspects) throws InterruptedException {
    for (Map.Entry<String, LastGood.Unconfirmed> suspect : suspects.entrySet()) {
      pipeline.rollBack(suspect.getKey(), suspect.getValue().before());
      lastGood.forget(suspect.getKey());
    }
  }

  /** Health is good, and with it these, which the next rollback would have undone. */
  protected void confirmed(Set<String> classNames) throws InterruptedException {
    for (String className : classNames) {
      AgentLog.info("CONFIRMED class=" + className + " reason=\"health is good after its swap\"");
    }
  }

  /** Any answer but 200 within the limit is bad. */
  private boolean isGood() {
    int port = url.getPort() < 0 ? 80 : url.getPort();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(url.getHost(), port), ANSWER_LIMIT_MILLIS);
      socket.setSoTimeout(ANSWER_LIMIT_MILLIS);
      String request = "GET " + url.getRawPath() + " HTTP/1.1\r\nHost: " + url.getHost()
          + "\r\nUser-Agent: bhsim-agent\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      byte[] head = in.readNBytes("HTTP/1.1 200".length());
      return new String(head, StandardCharsets.US_ASCII).matches("HTTP/1\\.[01] 200");
    } catch (IOException e) {
      return false;
    }
  }
}
