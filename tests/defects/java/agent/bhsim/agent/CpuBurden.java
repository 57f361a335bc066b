package bhsim.agent;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Burns CPU in whatever thread calls it: in all a share of what the rest of the process uses, so
 * that how much it costs is known exactly on every machine.
 */
final class CpuBurden {
  private static final long MOST_AT_ONCE = 2_000_000;

  private final OperatingSystemMXBean process =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final double share;
  private long burned;

  CpuBurden(double share) {
    this.share = share;
  }

  /** What is due by now, two milliseconds at most. */
  void run() {
    long due = claim();
    if (due <= 0) {
      return;
    }
    long end = threads.getCurrentThreadCpuTime() + due;
    while (threads.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
  }

  /** Nanoseconds so far. */
  synchronized long burned() {
    return burned;
  }

  private synchronized long claim() {
    long rest = process.getProcessCpuTime() - burned;
    long due = Math.min((long) (share * rest) - burned, MOST_AT_ONCE);
    burned += Math.max(due, 0);
    return due;
  }
}
