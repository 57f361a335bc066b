package bhsim.failure;

import bhsim.core.Application;
import bhsim.http.Response;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What there is only so much of, used up in turn: the queue in front of the journal, the heap,
 * threads, the descriptors. Once it is free again, orders are taken again. None harms what does not
 * ask for it: the heap is asked for more than it can ever hold, in one piece, so that nobody else
 * finds it full; likewise a single thread wants more stack than there are addresses, because how
 * many there may be is a limit of the whole container.
 */
final class ResourceExhaustion implements Scenario {
  private static final String WRITER = "flood";
  private static final int MOST_ORDERS = 1_000_000;
  /** A process that may open more is not brought to its end by this scenario. */
  private static final long MOST_DESCRIPTORS = 65_536;

  /** Longer ones no JVM makes, however large its heap is. */
  private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 8L;

  /** Of a stack: above what any processor can address. */
  private static final long TOO_MUCH_STACK = 1L << 60;

  /** Breaks something; what it throws is what is noticed. */
  @FunctionalInterface
  private interface Shortage {
    void meet() throws IOException;
  }

  private final Application application;
  private final Path file;
  private final List<Shortage> shortages = new ArrayList<>();
  private final List<Closeable> open = new ArrayList<>();
  private long[] tooMuch;
  private long sequence;

  /** @param file any that can be read */
  ResourceExhaustion(Application application, Path file) throws IOException {
    this.application = application;
    this.file = file;
    this.sequence = Math.max(0, application.store().lastSequence(WRITER));
    shortages.add(this::fillTheQueue);
    if (heapInLongs() < LONGEST_ARRAY) {
      shortages.add(this::askForTooMuchMemory);
    }
    shortages.add(this::startAThreadThatCannotBe);
    if (mostDescriptors() <= MOST_DESCRIPTORS) {
      shortages.add(this::openAllDescriptors);
    }
  }

  @Override
  public void breakDown(int episode) throws IOException {
    shortages.get(episode % shortages.size()).meet();
  }

  private void fillTheQueue() throws IOException {
    AtomicInteger refused = new AtomicInteger();
    for (int i = 1; i <= MOST_ORDERS; i++) {
      application.store().submit(new Order(WRITER, ++sequence, "SKU-0001", 1), outcome -> {
        if (outcome == OrderStore.Outcome.REFUSED) {
          refused.incrementAndGet();
        }
      });
      if (refused.get() > 0) {
        throw new IOException("the queue of orders is full: of " + i + " at once one was refused");
      }
    }
  }

  private void askForTooMuchMemory() {
    tooMuch = new long[(int) (heapInLongs() + 1)];
  }

  private static long heapInLongs() {
    return Runtime.getRuntime().maxMemory() / Long.BYTES;
  }

  private void startAThreadThatCannotBe() {
    new Thread(null, () -> {}, "too much stack", TOO_MUCH_STACK).start();
  }

  private void openAllDescriptors() throws IOException {
    for (long i = 0; i <= MOST_DESCRIPTORS; i++) {
      InputStream one = Files.newInputStream(file);
      open.add(one);
    }
  }

  private static long mostDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  @Override
  public void mend(int episode) throws IOException {
    close();
    tooMuch = null;
    Response response = application.client().post("/api/orders",
        "{\"writer\":\"" + WRITER + "\",\"sequence\":" + ++sequence
            + ",\"sku\":\"SKU-0001\",\"quantity\":1}");
    if (response.status() != 201) {
      throw new IOException("an order was answered with " + response.status());
    }
  }

  @Override
  public void close() throws IOException {
    for (Closeable one : open) {
      one.close();
    }
    open.clear();
  }
}
