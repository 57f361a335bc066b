package bhsim.defects;

import bhsim.http.Handler;

/** What an agent makes the application's own threads do. */
final class CostDefects {
  private CostDefects() {}

  /**
   * PERF-01: with an agent, each request does a tenth more, in the application's own threads, as
   * what a transformer weaves into its methods. Without one the class that does it is not there.
   */
  static final class SlowedByTheAgent extends AppDefect {
    private final Runnable burden = ofTheAgent();

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation)) {
          burden.run();
        }
        real.handle(exchange);
      };
    }

    private static Runnable ofTheAgent() {
      try {
        return (Runnable) Class.forName("bhsim.agent.CpuBurden").getConstructor().newInstance();
      } catch (ClassNotFoundException e) {
        return () -> {};
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
