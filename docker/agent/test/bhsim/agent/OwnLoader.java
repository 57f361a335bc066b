package bhsim.agent;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The production application in a class loader of its own, as an application server has it. */
public final class OwnLoader {
  private OwnLoader() {}

  public static void main(String[] arguments) throws Exception {
    List<URL> path = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(part).toUri().toURL());
    }
    ClassLoader loader =
        new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    loader.loadClass("ProductionSimulationApp")
        .getMethod("main", String[].class)
        .invoke(null, (Object) arguments);
  }
}
