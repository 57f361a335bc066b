package bhsim.failure;

import bhsim.core.Application;
import bhsim.http.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * New versions of a class that are no good, delivered to the agent that watches a folder: the
 * version before has to go on serving, and the next good one has to land.
 */
final class BadSwaps implements Scenario {
  private static final String HEADER = "X-Version-PricingService";
  private static final String REFUSED = "hot_swaps_refused ";
  private static final long WATCH_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LAND_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long GLANCE_MILLIS = 10;

  private final Application application;
  private final Path file;
  private final byte[] original;
  private final List<ClassBytes.Spoiling> spoilings;
  private long generation;

  /** @param folder that the agent watches, first on the class path */
  BadSwaps(Application application, Path folder, String className, byte[] original,
      List<ClassBytes.Spoiling> spoilings) throws IOException {
    this.application = application;
    this.file = folder.resolve(className + ".class");
    this.original = original;
    this.spoilings = spoilings;
    this.generation = served();
  }

  /** Throws when the change is refused, or not taken for two seconds. */
  @Override
  public void breakDown(int episode) throws Exception {
    double refusedBefore = refused();
    byte[] version = ClassBytes.generation(original, ++generation);
    deliver(spoilings.get(episode % spoilings.size()).apply(version));
    long end = System.nanoTime() + WATCH_NANOS;
    while (System.nanoTime() - end < 0) {
      if (served() == generation) {
        return;
      }
      if (refused() > refusedBefore) {
        throw new IOException("the agent refused version " + generation);
      }
      Thread.sleep(GLANCE_MILLIS);
    }
    throw new IOException("version " + generation + " was not taken");
  }

  @Override
  public void mend(int episode) throws Exception {
    deliver(ClassBytes.generation(original, ++generation));
    long end = System.nanoTime() + LAND_NANOS;
    while (served() != generation) {
      if (System.nanoTime() - end >= 0) {
        throw new IOException("version " + generation + " does not land");
      }
      Thread.sleep(GLANCE_MILLIS);
    }
  }

  /** As deployments do it: staged under a hidden name, renamed into place, touched. */
  private void deliver(byte[] bytes) throws IOException {
    Path staged = file.resolveSibling("." + file.getFileName() + ".staged");
    Files.write(staged, bytes);
    Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
  }

  /** The generation that makes prices now; -1 when nobody does. */
  private long served() throws IOException {
    Response response = application.client().get("/api/quote/SKU-0042");
    return response.status() == 200 ? Long.parseLong(response.header(HEADER)) : -1;
  }

  /** How many changes the agent says that it refused; 0 when it tells us nothing. */
  private double refused() throws IOException {
    return application.client()
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(REFUSED))
        .mapToDouble(line -> Double.parseDouble(line.substring(REFUSED.length())))
        .sum();
  }
}
