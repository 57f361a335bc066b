package bhsim.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What was asked of the application and how it was answered. Counting is for any thread; {@link
 * #tick} for one.
 */
public final class Metrics {
  private static final double[] BUCKETS_SECONDS = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1};
  private static final int RATE_SECONDS = 10;
  private static final int STATUSES = 600;

  private final Map<String, Operation> operations = new ConcurrentHashMap<>();
  private final Deque<Snapshot> snapshots = new ArrayDeque<>();
  private volatile Rates rates = new Rates(0, 0);
  private volatile long countingSince = Long.MAX_VALUE;

  /** Over the last ten seconds; the error rate is the share of 5xx, 0 to 1. */
  public record Rates(double requestsPerSecond, double errorRate) {}

  private record Snapshot(long nanos, long requests, long errors) {}

  private static final class Operation {
    final AtomicReferenceArray<LongAdder> byStatus = new AtomicReferenceArray<>(STATUSES);
    final LongAdder[] buckets = new LongAdder[BUCKETS_SECONDS.length + 1];
    final LongAdder nanos = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder errors = new LongAdder();

    Operation() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }
  }

  /**
   * Before this nothing counts: what the application asks of itself to warm up is nobody's traffic.
   */
  public void startCounting() {
    countingSince = System.nanoTime();
  }

  public void answered(String operation, int status, long nanos) {
    if (System.nanoTime() - nanos < countingSince || status < 0 || status >= STATUSES) {
      return;
    }
    Operation of = operations.computeIfAbsent(operation, name -> new Operation());
    LongAdder adder = of.byStatus.get(status);
    if (adder == null) {
      of.byStatus.compareAndSet(status, null, new LongAdder());
      adder = of.byStatus.get(status);
    }
    adder.increment();
    of.requests.increment();
    of.nanos.add(nanos);
    if (status >= 500) {
      of.errors.increment();
    }
    double seconds = nanos / 1e9;
    int bucket = 0;
    while (bucket < BUCKETS_SECONDS.length && seconds > BUCKETS_SECONDS[bucket]) {
      bucket++;
    }
    of.buckets[bucket].increment();
  }

  /**
   * Once a second: moves the window of the rates on. Health and metrics themselves are no traffic.
   */
  public void tick(long now) {
    long requests = 0;
    long errors = 0;
    for (Map.Entry<String, Operation> entry : operations.entrySet()) {
      if (!Application.isAboutItself(entry.getKey())) {
        requests += entry.getValue().requests.sum();
        errors += entry.getValue().errors.sum();
      }
    }
    snapshots.addLast(new Snapshot(now, requests, errors));
    if (snapshots.size() > RATE_SECONDS + 1) {
      snapshots.removeFirst();
    }
    Snapshot first = snapshots.getFirst();
    long since = requests - first.requests;
    double seconds = (now - first.nanos) / 1e9;
    rates = new Rates(seconds > 0 ? since / seconds : 0,
        since > 0 ? (double) (errors - first.errors) / since : 0);
  }

  public Rates rates() {
    return rates;
  }

  /** Appends requests and durations, by operation. */
  void write(Exposition out) {
    Map<String, Operation> sorted = new TreeMap<>(operations);
    out.family("requests_total", "counter", "Requests answered, by operation and status.");
    for (Map.Entry<String, Operation> entry : sorted.entrySet()) {
      for (int status = 0; status < STATUSES; status++) {
        LongAdder adder = entry.getValue().byStatus.get(status);
        if (adder != null) {
          out.value("requests_total", adder.sum(), "operation", entry.getKey(), "status",
              String.valueOf(status));
        }
      }
    }
    out.family("request_duration_seconds", "histogram",
        "From the last byte of the request to the response.");
    for (Map.Entry<String, Operation> entry : sorted.entrySet()) {
      writeHistogram(out, entry.getKey(), entry.getValue());
    }
    out.family("requests_per_second", "gauge", "Over the last ten seconds.");
    out.value("requests_per_second", rates.requestsPerSecond);
    out.family(
        "error_rate", "gauge", "Share of 5xx among the responses of the last ten seconds, 0 to 1.");
    out.value("error_rate", rates.errorRate);
  }

  private static void writeHistogram(Exposition out, String name, Operation of) {
    long cumulative = 0;
    for (int i = 0; i < of.buckets.length; i++) {
      cumulative += of.buckets[i].sum();
      String limit = i < BUCKETS_SECONDS.length ? String.valueOf(BUCKETS_SECONDS[i]) : "+Inf";
      out.value("request_duration_seconds_bucket", cumulative, "operation", name, "le", limit);
    }
    out.value("request_duration_seconds_sum", of.nanos.sum() / 1e9, "operation", name);
    out.value("request_duration_seconds_count", cumulative, "operation", name);
  }
}
