package bhsim.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

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

  /** Health was good, asked at this moment: what was swapped before it is good as well. */
  synchronized void confirm(long askedAt) {
    unconfirmed.values().removeIf(one -> one.swappedAt - askedAt < 0);
  }

  synchronized Map<String, Unconfirmed> unconfirmed() {
    return Map.copyOf(unconfirmed);
  }

  synchronized void forget(String className) {
    unconfirmed.remove(className);
  }
}
