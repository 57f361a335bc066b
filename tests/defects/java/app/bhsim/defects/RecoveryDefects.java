package bhsim.defects;

import bhsim.core.Health;
import bhsim.http.Handler;
import bhsim.http.Response;
import java.io.File;
import java.util.List;

/** How an application comes out of a fault. */
final class RecoveryDefects {
  private RecoveryDefects() {}

  /** Answers 503 to all work while it is out and is not ready; tells when, on bhsim's clock. */
  private abstract static class GoesOut extends AppDefect {
    private volatile boolean out;

    final void out(boolean now) {
      out = now;
      System.out.println((now ? "out at " : "back at ") + System.nanoTime() + " ns");
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
          return out ? answer(List.of("planted")) : super.ready();
        }
      };
    }
  }

  /** REL-05: after a pause it is out for as many seconds as -Dbhsim.defect.after says. */
  static final class RecoversLate extends GoesOut {
    private static final long STEP_MILLIS = 20;
    private static final long STANDSTILL_NANOS = 300_000_000;

    @Override
    public void started() {
      later(0, () -> {
        while (true) {
          long before = System.nanoTime();
          sleep(STEP_MILLIS);
          if (System.nanoTime() - before > STANDSTILL_NANOS) {
            out(true);
            sleep(afterSeconds() * 1000);
            out(false);
          }
        }
      });
    }
  }

  /** Notices strange files beside its classes. */
  private abstract static class SeesStrangeFiles extends GoesOut {
    private static final long STEP_MILLIS = 20;
    private static final int STRANGE = 500;

    /** They have come, or gone. */
    abstract void changed(boolean there);

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
          sleep(STEP_MILLIS);
        }
      });
    }
  }

  /** REL-04: from the twentieth time on that they came it is out for good. */
  static final class StaysDegraded extends SeesStrangeFiles {
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

  /** REL-11: out while they are there, and ready all the time. */
  static final class HealthStaysUp extends SeesStrangeFiles {
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
