package bhsim.agent;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/**
 * Burns CPU in whatever thread calls it: in all a share of what the other Java threads use, so that
 * how much it costs is known exactly on every machine. The compiler's threads are none of them: how
 * long they work depends on the machine.
 */
public final class CpuBurden implements Runnable {
  // Reading the clocks of all threads takes half a millisecond: more often it would be more than is
  // due.
  private static final long RECKON_EVERY = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long NOT_YET = Long.MAX_VALUE;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final double share;
  private final long pieceEvery;
  private long last = System.nanoTime();
  private long reckoned = last;
  private long due;
  private long burned;

  /** A piece of it every so many milliseconds, of three twentieths of that time at most. */
  CpuBurden(double share, long pieceEveryMillis) {
    this.share = share;
    this.pieceEvery = TimeUnit.MILLISECONDS.toNanos(pieceEveryMillis);
  }

  /** A tenth: what an application weaves into its requests when this class is there to be found. */
  public CpuBurden() {
    this(0.1, 20);
  }

  /** The piece that is due by now, if any is; the reckoning itself is part of it. */
  @Override
  public void run() {
    long begin = threads.getCurrentThreadCpuTime();
    long piece = claim();
    if (piece == NOT_YET) {
      return;
    }
    while (threads.getCurrentThreadCpuTime() - begin < piece) {
      Thread.onSpinWait();
    }
    burnt(threads.getCurrentThreadCpuTime() - begin);
  }

  /** Nanoseconds so far. */
  synchronized long burned() {
    return burned;
  }

  /** CPU of all Java threads so far, in nanoseconds. */
  long used() {
    long sum = 0;
    for (long id : threads.getAllThreadIds()) {
      sum += Math.max(threads.getThreadCpuTime(id), 0);
    }
    return sum;
  }

  /** NOT_YET when somebody has had a piece just now; negative when more was burned than is due. */
  private synchronized long claim() {
    long now = System.nanoTime();
    if (now - last < pieceEvery) {
      return NOT_YET;
    }
    last = now;
    if (now - reckoned >= RECKON_EVERY) {
      reckoned = now;
      due = (long) (share * (used() - burned)) - burned;
    }
    return Math.min(due, pieceEvery * 3 / 20);
  }

  private synchronized void burnt(long nanos) {
    burned += nanos;
    due -= nanos;
  }
}
