package bhsim.defects;

import bhsim.core.Health;
import bhsim.core.Services;
import bhsim.http.Handler;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BiFunction;

/** Defects that are in the application together, each as it is alone. */
final class SeveralDefects extends AppDefect {
  private final List<AppDefect> all;

  SeveralDefects(List<AppDefect> all) {
    this.all = all;
  }

  @Override
  public Services services(Services real) {
    return through(real, AppDefect::services);
  }

  @Override
  public Handler around(String operation, Handler real) {
    return through(real, (defect, handler) -> defect.around(operation, handler));
  }

  @Override
  public OrderStore openStore(Path directory) throws IOException {
    OrderStore found = null;
    for (AppDefect defect : all) {
      found = theOnly(found, defect.openStore(directory));
    }
    return found;
  }

  @Override
  public ThreadPoolExecutor newWorkers(ThreadPoolExecutor real) {
    return through(real, AppDefect::newWorkers);
  }

  @Override
  public Executor healthExecutor(Executor real) {
    return through(real, AppDefect::healthExecutor);
  }

  @Override
  public Health newHealth() {
    Health found = null;
    for (AppDefect defect : all) {
      found = theOnly(found, defect.newHealth());
    }
    return found;
  }

  @Override
  public void started() {
    all.forEach(AppDefect::started);
  }

  @Override
  public void beforeStop() {
    all.forEach(AppDefect::beforeStop);
  }

  /** Each defect gets what the one before it has made. */
  private <T> T through(T real, BiFunction<AppDefect, T, T> with) {
    T made = real;
    for (AppDefect defect : all) {
      made = with.apply(defect, made);
    }
    return made;
  }

  /** Of a thing of which there is one, two defects would each want another. */
  private static <T> T theOnly(T found, T more) {
    if (found != null && more != null) {
      throw new IllegalArgumentException("two of the defects cannot be there together: "
          + found.getClass().getName() + ", " + more.getClass().getName());
    }
    return found != null ? found : more;
  }
}
