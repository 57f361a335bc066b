package bhsim.agent;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which bytes are in force for each class of the application: noted when the class is loaded, and
 * after each swap. Safe for use by any thread.
 */
final class LoadedClasses implements ClassFileTransformer {
  private static final long MOST_BYTES_KEPT = 16L << 20;

  /**
   * One version of a class.
   *
   * @param bytes null when there was no room to keep them: such a version cannot be returned to
   */
  record Version(String sha256, byte[] bytes) {}

  private final Instrumentation instrumentation;
  private final AgentOptions options;
  private final Map<String, Version> inForce = new HashMap<>();
  private long bytesKept;

  LoadedClasses(Instrumentation instrumentation, AgentOptions options) {
    this.instrumentation = instrumentation;
    this.options = options;
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    try {
      if (redefined == null && name != null && isApplications(loader)) {
        String className = name.replace('/', '.');
        if (options.allows(className) && !className.startsWith("bhsim.agent.")) {
          set(className, new Version(Sha256.of(bytes), bytes.clone()));
        }
      }
    } catch (Throwable e) {
      // The JVM would drop it silently; the class loads either way.
      AgentLog.error("the bytes of " + name + " could not be noted: " + e);
    }
    return null;
  }

  /**
   * The class, if the application has loaded it. Application servers load what is deployed by
   * loaders of their own; a class that two of them have loaded is not guessed at.
   */
  Optional<Class<?>> find(String className) throws Refusal {
    Class<?> found = null;
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      if (!loaded.getName().equals(className) || !isApplications(loaded.getClassLoader())) {
        continue;
      }
      if (found != null) {
        throw new Refusal(Refusal.Kind.POLICY, "loaded by more than one class loader");
      }
      found = loaded;
    }
    return Optional.ofNullable(found);
  }

  /** Not one of the JDK's own. */
  private static boolean isApplications(ClassLoader loader) {
    return loader != null && loader != ClassLoader.getPlatformClassLoader();
  }

  synchronized Optional<Version> inForce(String className) {
    return Optional.ofNullable(inForce.get(className));
  }

  /** SHA-256 of what is in force; empty when that is not known. */
  synchronized String digestInForce(String className) {
    Version version = inForce.get(className);
    return version == null ? "" : version.sha256;
  }

  synchronized void set(String className, Version version) {
    Version before = inForce.get(className);
    bytesKept -= before == null || before.bytes == null ? 0 : before.bytes.length;
    boolean room = version.bytes != null && bytesKept + version.bytes.length <= MOST_BYTES_KEPT;
    bytesKept += room ? version.bytes.length : 0;
    inForce.put(className, room ? version : new Version(version.sha256, null));
  }
}
