package bhsim.agent;

import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Hands new bytes to the JVM, within the time limit. A redefinition that was begun cannot be called
 * off: when it is given up and lands all the same, whoever waits for that is told. Belongs to one
 * thread.
 */
class Redefiner {
  private final TimeLimited limited = new TimeLimited("bhsim-agent-redefine");
  private final Instrumentation instrumentation;
  private final Duration limit;

  Redefiner(Instrumentation instrumentation, Duration limit) {
    this.instrumentation = instrumentation;
    this.limit = limit;
  }

  /** All of the definitions take effect at one moment, or none. */
  void redefine(List<ClassDefinition> definitions, Runnable landedLate)
      throws Refusal, InterruptedException {
    Attempt attempt = new Attempt();
    try {
      limited.call(() -> {
        instrumentation.redefineClasses(definitions.toArray(new ClassDefinition[0]));
        if (attempt.finishAndSayWhetherLate()) {
          landedLate.run();
        }
        return null;
      }, limit);
    } catch (TimeoutException e) {
      if (attempt.giveUp()) {
        throw new Refusal(Refusal.Kind.FAILURE,
            "redefinition-timeout: not done within " + limit.toMillis() + " ms");
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (UnmodifiableClassException | RuntimeException | LinkageError e) {
      throw new Refusal(Refusal.Kind.FAILURE, text(e));
    } catch (Exception | InternalError e) {
      throw new Refusal(Refusal.Kind.FAILURE, "the JVM: " + text(e));
    }
  }

  private static String text(Throwable e) {
    String name = e.getClass().getSimpleName();
    return e.getMessage() == null ? name : name + ": " + e.getMessage();
  }

  /** Decides the race between "in time" and "too late" once. */
  private static final class Attempt {
    private boolean finished;
    private boolean givenUp;

    synchronized boolean finishAndSayWhetherLate() {
      finished = true;
      return givenUp;
    }

    synchronized boolean giveUp() {
      givenUp = !finished;
      return givenUp;
    }
  }
}
