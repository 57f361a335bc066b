package bhsim.work;

import bhsim.core.Application;
import bhsim.core.ProcessMetrics;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Arrays;

/**
 * Section 9.2.1: what a request costs, with the agent and without. One customer on one thread, as
 * fast as it is answered; time, CPU and allocation of each request, and what is left in memory. Two
 * such results side by side are a first look at an agent's overhead: the host's noise is in both.
 */
public final class Measurement {
  /** What the JVM that measures should have beside the application. */
  public enum Mode { BASELINE, WITH_AGENT }

  private static final int FEWEST_TO_WARM_UP = 2000;
  private static final double NANOS_A_MICRO = 1e3;
  private static final double MEGABYTE = 1 << 20;

  private final Application application;
  private final int iterations;
  private final Mode mode;
  private long errors;

  public Measurement(Application application, int iterations, Mode mode) {
    this.application = application;
    this.iterations = iterations;
    this.mode = mode;
  }

  /** Null when this JVM can be measured so; else why not. */
  public static String unfit(Mode mode) {
    boolean agent = ProcessMetrics.hasAgent();
    if (mode == Mode.WITH_AGENT && !agent) {
      return "--measure-with-agent: there is no agent; start Java with -javaagent:JAR";
    }
    if (mode == Mode.BASELINE && agent) {
      return "--measure-baseline: there is an agent; start Java without -javaagent";
    }
    return null;
  }

  /** Whether every request was answered as it should be. */
  public boolean run(Result result) throws IOException {
    Customer customer = new Customer(application, "measure");
    for (int i = 0; i < Math.max(FEWEST_TO_WARM_UP, iterations / 10); i++) {
      next(customer);
    }
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    long[] nanos = new long[iterations];
    long allocated = threads.getThreadAllocatedBytes(self);
    long cpu = process.getProcessCpuTime();
    long start = System.nanoTime();
    for (int i = 0; i < iterations; i++) {
      long begun = System.nanoTime();
      next(customer);
      nanos[i] = System.nanoTime() - begun;
    }
    long wall = System.nanoTime() - start;
    cpu = process.getProcessCpuTime() - cpu;
    allocated = threads.getThreadAllocatedBytes(self) - allocated;
    Arrays.sort(nanos);
    result.text("measured", mode == Mode.BASELINE ? "baseline" : "with-agent")
        .number("iterations", iterations)
        .number("errors", errors)
        .number("requests_per_second", iterations * 1e9 / wall)
        .number("mean_us", wall / NANOS_A_MICRO / iterations)
        .number("p50_us", percentile(nanos, 50))
        .number("p95_us", percentile(nanos, 95))
        .number("p99_us", percentile(nanos, 99))
        .number("cpu_us", cpu / NANOS_A_MICRO / iterations)
        .number("allocated_bytes", allocated / iterations);
    memory(result, threads.getThreadCount());
    return errors == 0;
  }

  private void next(Customer customer) {
    String wrong = customer.next();
    if (wrong != null) {
      errors++;
      application.failures().report("measurement: " + wrong, null);
    }
  }

  /** Nearest rank of what is sorted. */
  static double percentile(long[] sortedNanos, int percent) {
    int rank = Math.max(1, (int) Math.ceil(sortedNanos.length * percent / 100.0));
    return sortedNanos[rank - 1] / NANOS_A_MICRO;
  }

  /** What a full collection leaves, and what lies beside the heap. */
  private static void memory(Result result, int threads) {
    System.gc();
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    result.number("live_heap_mb", memory.getHeapMemoryUsage().getUsed() / MEGABYTE)
        .number("non_heap_mb", memory.getNonHeapMemoryUsage().getUsed() / MEGABYTE)
        .number("threads", threads)
        .text("java", Runtime.version().toString());
  }
}
