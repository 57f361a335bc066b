package bhsim.defects;

import bhsim.core.Health;
import bhsim.http.Handler;
import bhsim.http.Response;
import java.io.File;
import java.util.List;

/** How an application comes out of a fault. */
final class RecoveryDefects {
  private RecoveryDefects() {}

  /**
   * Answers 503 to all work while it is out, and is not ready; tells when it went out, when it said
   * so of itself in the first seconds, and when it was back, on bhsim's clock.
   */
  private abstract static class GoesOut extends AppDefect {
    private static final long TOLD_NANOS = 3_000_000_000L;
    private volatile boolean out;
    private volatile long since;

    final void out(boolean now) {
      since = System.nanoTime();
      out = now;
      say(now ? "out" : "back", since);
    }

    private static void say(String what, long nanos) {
      System.out.println(what + " at " + nanos + " ns");
    }

    @Override
    public final Handler around(String operation, Handler real) {
      return exchange -> {
        if (out && isWork(operation)) {
          exchange.respond(Response.error(503, "planted"));
        } else {
          real.handle(exchange);
        }
      };
    }

    @Override
    public Health newHealth() {
      return new Health() {
        @Override
        public Response ready() {
          if (!out) {
            return super.ready();
          }
          long now = System.nanoTime();
          if (now - since < TOLD_NANOS) {
            say("denied", now);
          }
          return answer(List.of("planted"));
        }
      };
    }
  }

  /** Notices strange files beside its classes, and that it has stood still. */
  private abstract static class NoticesFaults extends GoesOut {
    private static final long STEP_MILLIS = 20;
    private static final long STANDSTILL_NANOS = 300_000_000;
    private static final int STRANGE = 500;

    /** Strange files have come, or gone. */
    void changed(boolean there) {}

    void stoodStill() {}

    @Override
    public final void started() {
      later(0, () -> {
        for (boolean before = false;;) {
          String[] files = new File("/classes").list();
          boolean now = files != null && files.length > STRANGE;
          if (now != before) {
            changed(now);
            before = now;
          }
          long asleep = System.nanoTime();
          sleep(STEP_MILLIS);
          if (System.nanoTime() - asleep > STANDSTILL_NANOS) {
            stoodStill();
          }
        }
      });
    }
  }

  /**
   * REL-05: after a pause it is out for as many seconds as -Dbhsim.defect.after says; with strange
   * files as long as they are there, and for so many seconds more.
   */
  static final class RecoversLate extends NoticesFaults {
    @Override
    void stoodStill() {
      out(true);
      backLater();
    }

    @Override
    void changed(boolean there) {
      if (there) {
        out(true);
      } else {
        backLater();
      }
    }

    private void backLater() {
      sleep(afterSeconds() * 1000);
      out(false);
    }
  }

  /** REL-04: from the twentieth time on that they came it is out for good. */
  static final class StaysDegraded extends NoticesFaults {
    private static final int ENDURED = 19;
    private int times;

    @Override
    void changed(boolean there) {
      times += there ? 1 : 0;
      if (there && times == ENDURED + 1) {
        out(true);
      }
    }
  }

  /** HLTH-02: it bears a pause, and says from then on that it is not ready. */
  static final class ReadyStaysDown extends NoticesFaults {
    private volatile boolean offended;

    @Override
    void stoodStill() {
      offended = true;
    }

    @Override
    public Health newHealth() {
      return new Health() {
        @Override
        public Response ready() {
          return offended ? answer(List.of("planted")) : super.ready();
        }
      };
    }
  }

  /** REL-11: out while they are there, and ready all the time. */
  static final class HealthStaysUp extends NoticesFaults {
    @Override
    void changed(boolean there) {
      out(there);
    }

    @Override
    public Health newHealth() {
      return new Health();
    }
  }
}
