package bhsim.defects;

import bhsim.core.Quote;
import bhsim.http.Exchange;
import bhsim.http.Handler;
import bhsim.http.Response;
import java.lang.management.ManagementFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.JMException;
import javax.management.ObjectName;

/** Answers that are wrong, or do not come. */
final class AnswerDefects {
  private AnswerDefects() {}

  /** Some requests fail, evenly, with 500. */
  private static class Fails extends AppDefect {
    private final int perThousand;

    Fails(int perThousand) {
      this.perThousand = perThousand;
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation) && ThreadLocalRandom.current().nextInt(1000) < perThousand) {
          exchange.respond(Response.error(500, "planted"));
        } else {
          real.handle(exchange);
        }
      };
    }
  }

  /** LOAD-01. */
  static final class HalfPercentFails extends Fails {
    HalfPercentFails() {
      super(5);
    }
  }

  /** REL-01. */
  static final class TwoPercentFail extends Fails {
    TwoPercentFail() {
      super(20);
    }
  }

  /** LOAD-02: the first five requests that meet a new version lose their connection. */
  static final class ConnectionClosedAtSwap extends SeesSwaps {
    private final AtomicInteger toClose = new AtomicInteger();

    @Override
    void swapped(String before) {
      toClose.set(before.isEmpty() ? 0 : 5);
    }

    @Override
    public Handler around(String operation, Handler real) {
      if (!operation.equals("quote")) {
        return real;
      }
      return exchange -> real.handle(new Closing(exchange));
    }

    /** Decides when the answer is there, and therefore the version known. */
    private final class Closing implements Exchange {
      private final Exchange real;

      Closing(Exchange real) {
        this.real = real;
      }

      @Override
      public bhsim.http.Request request() {
        return real.request();
      }

      @Override
      public java.util.Map<String, String> parameters() {
        return real.parameters();
      }

      @Override
      public void respond(Response response) {
        if (toClose.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          real.abort();
        } else {
          real.respond(response);
        }
      }

      @Override
      public void abort() {
        real.abort();
      }
    }
  }

  /** CONC-03: after a swap every second answer tells the version before it. */
  static final class OldAndNewInTurn extends SeesSwaps {
    private final AtomicLong turn = new AtomicLong();
    private volatile String old = "";

    @Override
    void swapped(String before) {
      old = before;
    }

    @Override
    Quote seen(Quote quote) {
      String shown = old;
      if (shown.isEmpty() || turn.incrementAndGet() % 2 == 0) {
        return quote;
      }
      return new Quote(
          quote.sku(), quote.cents(), quote.discountPercent(), shown, quote.discountVersion());
    }
  }

  /** REL-08: once, for five seconds, every connection is closed without an answer. */
  static final class Outage extends AppDefect {
    private volatile boolean out;

    @Override
    public void started() {
      later(afterSeconds(), () -> {
        out = true;
        sleep(5000);
        out = false;
      });
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (out) {
          exchange.abort();
        } else {
          real.handle(exchange);
        }
      };
    }
  }

  /**
   * REL-06: as soon as the agent has refused a class, the application takes itself for broken, and
   * answers nothing for two seconds.
   */
  static final class OneFailingClassFailsAll extends AppDefect {
    private static final long BROKEN_MILLIS = 2000;
    private volatile boolean broken;

    @Override
    public void started() {
      later(0, () -> {
        for (long known = 0;; sleep(20)) {
          long refused = refusedByTheAgent();
          if (refused > known) {
            known = refused;
            broken = true;
            sleep(BROKEN_MILLIS);
            broken = false;
          }
        }
      });
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (broken && isWork(operation)) {
          exchange.respond(Response.error(503, "a class was refused"));
        } else {
          real.handle(exchange);
        }
      };
    }

    private static long refusedByTheAgent() {
      return attribute("Refused") instanceof Long refused ? refused : 0;
    }
  }

  /** BRK-06: while the agent's circuit breaker is open, there is no service. */
  static final class RefusesWhileBreakerOpen extends AppDefect {
    private volatile boolean open;

    @Override
    public void started() {
      later(0, () -> {
        for (;; sleep(20)) {
          open = "open".equals(attribute("BreakerState"));
        }
      });
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (open && isWork(operation)) {
          exchange.respond(Response.error(503, "the circuit breaker is open"));
        } else {
          real.handle(exchange);
        }
      };
    }
  }

  /** Of the agent's state; null when it shows none. */
  private static Object attribute(String name) {
    try {
      return ManagementFactory.getPlatformMBeanServer().getAttribute(
          new ObjectName("bhsim.agent:type=HotSwap"), name);
    } catch (JMException e) {
      return null;
    }
  }
}
