package bhsim.agent;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * All defects of the agent, by name. tests/defects/defects.yml says which check each must turn red.
 */
final class AgentDefects {
  private static final Map<String, Supplier<AgentDefect>> ALL = new TreeMap<>(Map.ofEntries(
      Map.entry("sleeps-2.5-s-per-swap", SwapDefects.SleepsPerSwap::new),
      Map.entry("every-tenth-swap-4-s", SwapDefects.EveryTenthSlow::new),
      Map.entry("allocates-200-mb-per-swap", SwapDefects.AllocatesPerSwap::new),
      Map.entry("garbage-100-mb-per-swap", SwapDefects.GarbagePerSwap::new),
      Map.entry("class-loader-per-swap", SwapDefects.ClassLoaderPerSwap::new),
      Map.entry("thread-per-swap", SwapDefects.ThreadPerSwap::new),
      Map.entry("descriptor-per-swap", SwapDefects.DescriptorPerSwap::new),
      Map.entry("watcher-dies-half-way", WatcherDefects.DiesHalfWay::new),
      Map.entry("watcher-dies-on-malformed", WatcherDefects.DiesOnMalformed::new),
      Map.entry("every-eighth-swap-lost", WatcherDefects.EveryEighthLost::new),
      Map.entry("second-of-a-pair-skipped", WatcherDefects.SecondOfAPairSkipped::new),
      Map.entry("of-two-at-once-one-lost", WatcherDefects.OfTwoAtOnceOneLost::new),
      Map.entry("swallows-truncated", WatcherDefects.SwallowsTruncated::new),
      Map.entry("rewrites-disk-after-swap", WatcherDefects.RewritesDisk::new),
      Map.entry("burns-a-tenth", CostDefects.BurnsATenth::new),
      Map.entry("heavy-agent", CostDefects.Heavy::new),
      Map.entry("breaker-never-opens", BreakerDefects.NeverOpens::new),
      Map.entry("breaker-queues", BreakerDefects.QueuesWhileOpen::new),
      Map.entry("breaker-open-for-ever", BreakerDefects.OpenForEver::new),
      Map.entry("breaker-closes-on-failure", BreakerDefects.ClosesOnFailure::new),
      Map.entry("breaker-says-closed", BreakerDefects.SaysClosed::new),
      Map.entry("no-rollback", RollbackDefects.None::new),
      Map.entry("late-rollback", RollbackDefects.Late::new),
      Map.entry("rollback-to-the-first", RollbackDefects.ToTheFirst::new),
      Map.entry("rollback-of-good-changes", RollbackDefects.OfGoodChanges::new),
      Map.entry("silent-rollback", RollbackDefects.Silent::new),
      Map.entry("reads-for-ever", ConfigurationDefects.ReadsForEver::new),
      Map.entry("redefines-for-ever", ConfigurationDefects.RedefinesForEver::new),
      Map.entry("all-swaps-at-once", ConfigurationDefects.AllAtOnce::new),
      Map.entry("no-flight-events", ConfigurationDefects.NoEvents::new),
      Map.entry("health-every-five-minutes", ConfigurationDefects.AsksSeldom::new),
      Map.entry("never-retries", ConfigurationDefects.NeverRetries::new),
      Map.entry(
          "metrics-although-false", () -> new ConfigurationDefects.AlwaysOn("metrics-enabled")),
      Map.entry("events-although-false", () -> new ConfigurationDefects.AlwaysOn("jfr-enabled")),
      Map.entry(
          "rollback-although-false", () -> new ConfigurationDefects.AlwaysOn("auto-rollback")),
      Map.entry(
          "breaker-although-false", () -> new ConfigurationDefects.AlwaysOn("circuit-breaker")),
      Map.entry("ignores-wrong-configuration", ConfigurationDefects.IgnoresMistakes::new),
      Map.entry("audit-line-missing", SwapDefects.AuditLineMissing::new),
      // Of another kind: it happens before the agent starts (DefectAgent).
      Map.entry("other-configuration", () -> new AgentDefect() {})));

  private AgentDefects() {}

  /**
   * Of names joined by '+', those that are the agent's; a defect that does nothing when none is.
   */
  static AgentDefect byName(String names) {
    List<AgentDefect> found = Arrays.stream(names.split("\\+"))
                                  .filter(ALL::containsKey)
                                  .map(name -> ALL.get(name).get())
                                  .toList();
    return switch (found.size()) {
      case 0 -> new AgentDefect();
      case 1 -> found.get(0);
      default -> new SeveralDefects(found);
    };
  }

  static Iterable<String> names() {
    return ALL.keySet();
  }
}
