package bhsim.defects;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * All defects of the application, by name. tests/defects/defects.yml says which check each must
 * turn red.
 */
public final class AppDefects {
  private static final Map<String, Supplier<AppDefect>> ALL =
      new TreeMap<>(Map.ofEntries(Map.entry("stalls", LatencyDefects.Stalls::new),
          Map.entry("bimodal-latency", LatencyDefects.Bimodal::new),
          Map.entry("lock-held-300-ms", LatencyDefects.LockHeld::new),
          Map.entry("stops-beside-swaps", OverTimeDefects.StopsBesideSwaps::new),
          Map.entry("creeps-up-per-swap", OverTimeDefects.CreepsUpPerSwap::new),
          Map.entry("queue-never-drains", OverTimeDefects.QueueNeverDrains::new),
          Map.entry("direct-buffers-kept", OverTimeDefects.DirectBuffersKept::new),
          Map.entry("log-storm", OverTimeDefects.LogStorm::new),
          Map.entry("log-without-rotation", OverTimeDefects.LogWithoutRotation::new),
          Map.entry("sawtooth-that-climbs", OverTimeDefects.SawtoothThatClimbs::new),
          Map.entry("timer-burst", OverTimeDefects.TimerBurst::new),
          Map.entry("slowed-by-the-agent", CostDefects.SlowedByTheAgent::new),
          Map.entry("stays-degraded", RecoveryDefects.StaysDegraded::new),
          Map.entry("recovers-late", RecoveryDefects.RecoversLate::new),
          Map.entry("health-stays-up", RecoveryDefects.HealthStaysUp::new),
          Map.entry("ready-stays-down", RecoveryDefects.ReadyStaysDown::new),
          Map.entry("half-percent-fails", AnswerDefects.HalfPercentFails::new),
          Map.entry("two-percent-fail", AnswerDefects.TwoPercentFail::new),
          Map.entry("connection-closed-at-swap", AnswerDefects.ConnectionClosedAtSwap::new),
          Map.entry("serves-old-and-new-in-turn", AnswerDefects.OldAndNewInTurn::new),
          Map.entry("outage-5-s", AnswerDefects.Outage::new),
          Map.entry("leak-1-kb-per-request", ResourceDefects.LeakPerRequest::new),
          Map.entry("threads-without-bound", ResourceDefects.ThreadsWithoutBound::new),
          Map.entry("sockets-never-closed", ResourceDefects.SocketsNeverClosed::new),
          Map.entry("memory-above-limit", ResourceDefects.MemoryAboveLimit::new),
          Map.entry("exits-by-itself", LifeDefects.ExitsByItself::new),
          Map.entry("heap-exhausted", ResourceDefects.HeapExhausted::new),
          Map.entry("crashes", LifeDefects.Crashes::new),
          Map.entry("stops-recording", LifeDefects.StopsRecording::new),
          Map.entry("exits-at-once-on-sigterm", LifeDefects.ExitsAtOnce::new),
          Map.entry("ready-at-once", LifeDefects.ReadyAtOnce::new),
          Map.entry("health-behind-work", LifeDefects.HealthBehindWork::new),
          Map.entry("deadlock", LifeDefects.Deadlock::new),
          Map.entry("lock-never-released", LifeDefects.LockNeverReleased::new),
          Map.entry("unsynchronised-counter", JournalDefects.UnsynchronisedCounter::new),
          Map.entry("one-failing-class-fails-all", AnswerDefects.OneFailingClassFailsAll::new),
          Map.entry("refuses-while-breaker-open", AnswerDefects.RefusesWhileBreakerOpen::new),
          Map.entry("concurrent-modification", LifeDefects.ConcurrentModification::new),
          Map.entry("acknowledges-before-write", JournalDefects.AcknowledgesBeforeWrite::new),
          Map.entry("alters-one-record", JournalDefects.AltersOneRecord::new)));

  private AppDefects() {}

  /**
   * Of names joined by '+', those that are the application's; a defect that does nothing when none
   * is.
   */
  public static AppDefect byName(String names) {
    List<AppDefect> found = Arrays.stream(names.split("\\+"))
                                .filter(ALL::containsKey)
                                .map(name -> ALL.get(name).get())
                                .toList();
    return switch (found.size()) {
      case 0 -> new AppDefect();
      case 1 -> found.get(0);
      default -> new SeveralDefects(found);
    };
  }

  public static Iterable<String> names() {
    return ALL.keySet();
  }
}
