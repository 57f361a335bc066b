import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.core.Options;
import bhsim.work.Contest;
import bhsim.work.Result;
import java.time.Duration;

/**
 * Section 9.2.4: the order system under many threads. With --threads or --duration they are its
 * own, and it ends with a result, exit code 0 when nothing was wrong and 1 otherwise; without,
 * clients come.
 */
public final class ConcurrencyTestApp {
  private static final String NAME = "ConcurrencyTestApp";

  private ConcurrencyTestApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, ConcurrencyTestApp::start, "threads", "duration");
  }

  private static void start(Options options) throws Exception {
    int threads = options.number("threads", 1, 1000, 100);
    Duration length = options.duration("duration", Duration.ofSeconds(600));
    Application application = new Application(NAME, options, new OrderServices());
    application.start();
    if (options.has("threads") || options.has("duration")) {
      Result result = new Result(NAME);
      boolean good = new Contest(application, threads, length).run(result);
      result.print();
      application.end(good ? 0 : 1);
    }
  }
}
