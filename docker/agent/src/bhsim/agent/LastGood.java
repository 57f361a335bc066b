package bhsim.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * To which versions a rollback would return: those before the swaps that no good health check has
 * confirmed yet.
 */
final class LastGood {
  /** A swap that health has still to confirm. */
  record Unconfirmed(LoadedClasses.Version before, long swappedAt) {}

  private final Map<String, Unconfirmed> unconfirmed = new HashMap<>();

  /** Must be called before the new version is noted as being in force. */
  synchronized void swapped(String className, Optional<LoadedClasses.Version> before) {
    if (before.isPresent()) {
      Unconfirmed known = unconfirmed.get(className);
      unconfirmed.put(className,
          new Unconfirmed(known == null ? before.get() : known.before, System.nanoTime()));
    }
  }

  /**
   * Health was good: what was swapped before the given moment is good as well. Returns which
   * classes that are.
   */
  synchronized Set<String> confirm(long swappedBefore) {
    Set<String> confirmed = new TreeSet<>();
    unconfirmed.forEach((className, one) -> {
      if (one.swappedAt - swappedBefore < 0) {
        confirmed.add(className);
      }
    });
    unconfirmed.keySet().removeAll(confirmed);
    return confirmed;
  }

  synchronized Map<String, Unconfirmed> unconfirmed() {
    return Map.copyOf(unconfirmed);
  }

  synchronized void forget(String className) {
    unconfirmed.remove(className);
  }
}
