import bhsim.core.Application;
import bhsim.core.Health;
import bhsim.core.Launch;
import bhsim.core.Options;
import bhsim.core.Services;
import bhsim.defects.AppDefect;
import bhsim.defects.AppDefects;
import bhsim.http.Handler;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * The order system with a planted defect, named by -Dbhsim.defect=NAME or --defect=NAME; with
 * several when their names are joined by '+'. A name that belongs to the agent
 * (bhsim.agent.AgentDefects) leaves the application as it is.
 */
public final class DefectApp extends Application {
  private final AppDefect defect;

  private DefectApp(Options options, Services services, AppDefect defect) {
    super("DefectApp", options, services);
    this.defect = defect;
  }

  public static void main(String[] arguments) {
    Launch.main("DefectApp", arguments, DefectApp::start, "defect");
  }

  private static void start(Options options) throws Exception {
    String name = options.has("defect") ? options.own().get("defect")
                                        : System.getProperty("bhsim.defect", "none");
    AppDefect defect = AppDefects.byName(name);
    System.out.println("DefectApp: the planted defect is " + name + ", "
        + (defect.getClass() == AppDefect.class ? "not in the application" : "in the application"));
    new DefectApp(options, defect.services(new OrderServices()), defect).start();
  }

  @Override
  protected Handler around(String operation, Handler handler) {
    return defect.around(operation, handler);
  }

  @Override
  protected OrderStore openStore(Path directory) throws IOException {
    OrderStore store = defect.openStore(directory);
    return store != null ? store : super.openStore(directory);
  }

  @Override
  protected ThreadPoolExecutor newWorkers(int count) {
    return defect.newWorkers(super.newWorkers(count));
  }

  @Override
  protected Executor healthExecutor() {
    return defect.healthExecutor(super.healthExecutor());
  }

  @Override
  protected Health newHealth() {
    Health health = defect.newHealth();
    return health != null ? health : super.newHealth();
  }

  @Override
  protected void started() {
    defect.started();
  }

  @Override
  protected void stop() {
    defect.beforeStop();
    super.stop();
  }
}
