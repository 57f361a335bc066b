package bhsim.test;

import bhsim.core.Application;
import bhsim.core.Decision;
import bhsim.core.Options;
import bhsim.core.Quote;
import bhsim.core.Services;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The application inside this JVM, on a free port, until it is closed. */
class TestApplication extends Application implements AutoCloseable {
  /** Prices and decisions of the simplest kind; a test changes what it is about. */
  static class Plain implements Services {
    volatile String version = "bhsim-generation:0";

    @Override
    public Quote quote(String sku) {
      return new Quote(sku, 199, 0, version, version);
    }

    @Override
    public Decision decide(String sku, int quantity) {
      return new Decision(true, "", version);
    }
  }

  private final AtomicBoolean stopped = new AtomicBoolean();

  TestApplication(Services services, Path state) throws Options.BadOption {
    super("TestApplication",
        Options.parse(new String[] {"--host=127.0.0.1", "--port=0", "--state=" + state,
                          "--warm-up-ms=0", "--drain-grace-ms=0"},
            Map.of()),
        services);
  }

  @Override
  protected void stop() {
    if (!stopped.getAndSet(true)) {
      super.stop();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
