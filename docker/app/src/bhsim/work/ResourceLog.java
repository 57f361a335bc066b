package bhsim.work;

import bhsim.core.Application;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Section 9.2.6: resource-metrics.csv, a row every ten seconds with the document's columns, as the
 * JVM itself sees them. Appended to, so that a restart goes on with the same file.
 */
public final class ResourceLog {
  static final String HEADER = "timestamp,memory_kb,cpu_percent,threads,fds\n";
  private static final long PACE_SECONDS = 10;

  private final Application application;
  private final Path file;
  private long lastCpu;
  private long lastNanos;

  public ResourceLog(Application application, Path folder) {
    this.application = application;
    this.file = folder.resolve("resource-metrics.csv");
  }

  /** The first row now. */
  public void start() throws IOException {
    if (!Files.exists(file)) {
      Files.writeString(file, HEADER);
    }
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
      Thread thread = new Thread(task, "resource-log");
      thread.setDaemon(true);
      return thread;
    });
    lastCpu = machine().getProcessCpuTime();
    lastNanos = System.nanoTime();
    write();
    timer.scheduleAtFixedRate(this::write, PACE_SECONDS, PACE_SECONDS, TimeUnit.SECONDS);
  }

  private void write() {
    try {
      Files.writeString(file, row(), StandardOpenOption.APPEND);
    } catch (IOException | RuntimeException e) {
      application.failures().report("resource-metrics.csv", e);
    }
  }

  private String row() {
    long cpu = machine().getProcessCpuTime();
    long nanos = System.nanoTime();
    double share = nanos > lastNanos ? 100.0 * (cpu - lastCpu) / (nanos - lastNanos) : 0;
    lastCpu = cpu;
    lastNanos = nanos;
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    long used = memory.getHeapMemoryUsage().getUsed() + memory.getNonHeapMemoryUsage().getUsed();
    return System.currentTimeMillis() / 1000 + "," + used / 1024 + ","
        + Math.round(share * 10) / 10.0 + "," + ManagementFactory.getThreadMXBean().getThreadCount()
        + "," + machine().getOpenFileDescriptorCount() + "\n";
  }

  private static UnixOperatingSystemMXBean machine() {
    return (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  }
}
