import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.core.Options;
import bhsim.work.Measurement;
import bhsim.work.Measurement.Mode;
import bhsim.work.Result;

/**
 * Section 9.2.1: what a request costs. With --measure-baseline or --measure-with-agent it measures,
 * prints one line and ends; without, it serves.
 */
public final class PerformanceTestApp {
  private static final String NAME = "PerformanceTestApp";

  private PerformanceTestApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, PerformanceTestApp::start, "iterations", "measure-baseline",
        "measure-with-agent");
  }

  private static void start(Options options) throws Exception {
    int iterations = options.number("iterations", 1, 10_000_000, 10_000);
    Mode mode = mode(options);
    Application application = new Application(NAME, options, new OrderServices());
    application.start();
    if (mode != null) {
      Result result = new Result(NAME);
      boolean good = new Measurement(application, iterations, mode).run(result);
      result.print();
      application.end(good ? 0 : 1);
    }
  }

  /** Null: nothing is to be measured. */
  private static Mode mode(Options options) throws Options.BadOption {
    boolean baseline = options.flag("measure-baseline");
    boolean withAgent = options.flag("measure-with-agent");
    if (baseline && withAgent) {
      throw new Options.BadOption("one of --measure-baseline and --measure-with-agent is expected");
    }
    if (!baseline && !withAgent) {
      if (options.has("iterations")) {
        throw new Options.BadOption(
            "--iterations: what is to be measured? --measure-baseline or --measure-with-agent");
      }
      return null;
    }
    Mode mode = baseline ? Mode.BASELINE : Mode.WITH_AGENT;
    String unfit = Measurement.unfit(mode);
    if (unfit != null) {
      throw new Options.BadOption(unfit);
    }
    return mode;
  }
}
