package bhsim.journal;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Enters the records that a recovery reads into the index. Orders of one writer mostly follow each
 * other, so a run of them is entered at once: one by one, the start after a kill took a second
 * longer. Its memory is bounded by the writers, not by the records. For one thread.
 */
final class IndexRebuild {
  private static final int MOST_IN_A_RUN = 512;

  private final OrderIndex index;
  private final Map<String, Run> runs = new HashMap<>();

  /** Orders with the sequences from {@code first} on, and the offset of each. */
  private static final class Run {
    long first;
    int count;
    long[] offsets = new long[16];

    boolean goesOnWith(long sequence) {
      return count < MOST_IN_A_RUN && sequence == first + count;
    }
  }

  IndexRebuild(OrderIndex index) {
    this.index = index;
  }

  void add(long offset, Order order) throws IOException {
    Run run = runs.computeIfAbsent(order.writer(), writer -> new Run());
    if (!run.goesOnWith(order.sequence())) {
      flush(order.writer(), run);
      run.first = order.sequence();
    }
    if (run.count == run.offsets.length) {
      run.offsets = Arrays.copyOf(run.offsets, 2 * run.count);
    }
    run.offsets[run.count++] = offset;
  }

  /** Enters what is left; before it, the index is not complete. */
  void finish() throws IOException {
    for (Map.Entry<String, Run> entry : runs.entrySet()) {
      flush(entry.getKey(), entry.getValue());
    }
  }

  private void flush(String writer, Run run) throws IOException {
    if (run.count > 0) {
      index.add(writer, run.first, Arrays.copyOf(run.offsets, run.count));
      run.count = 0;
    }
  }
}
