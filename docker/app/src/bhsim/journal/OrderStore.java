package bhsim.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The durable orders. One committer thread takes whatever waits, appends it, forces it to disk
 * once, and only then acknowledges all of it together (group commit). Safe for use by any thread.
 */
public class OrderStore implements AutoCloseable {
  /** How a submitted order ended. Whoever asks takes the first that is told. */
  public enum Outcome {
    /** On the disk. */
    STORED,
    /** An order with this writer and sequence is there already, and stays as it is. */
    DUPLICATE,
    /** Not stored, now; it may be tried again. */
    REFUSED
  }

  /** What one order that waits is, and whom to tell. */
  private record Waiting(Order order, Consumer<Outcome> told) {}

  /**
   * Wakes the committer up to see that it is to end. An interrupt would close the files under it.
   */
  private static final Waiting END = new Waiting(null, null);
  private static final int MOST_WAITING = 4096;
  private static final int MOST_IN_A_BATCH = 512;
  private static final long CHECKPOINT_BYTES = 4L << 20;
  private static final long IDLE_MILLIS = 1000;
  private static final long MOST_MILLIS_TO_CLOSE = 5000;

  private final Path directory;
  private final FileChannel lockFile;
  private final Journal journal;
  private final OrderIndex index;
  private final Journal.Scan recovered;
  private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final Thread committer = new Thread(this::commitLoop, "committer");

  private volatile boolean closing;
  private volatile long lastTurn = System.nanoTime();
  private volatile String trouble;
  private volatile boolean beyondRepair;
  private volatile long stored;
  private long checkpointed;
  /**
   * Of the committer alone: durable records that the index does not know yet, because it could not
   * be written.
   */
  private final List<Indexed> unindexed = new ArrayList<>();

  private record Indexed(Order order, long offset) {}

  /** Opens the journal, recovers it, brings the index up to date, and starts the committer. */
  public OrderStore(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    lockFile = FileChannel.open(
        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = lockFile.tryLock();
    if (lock == null) {
      lockFile.close();
      throw new IOException(
          directory + " is in use by another process; stop it, or use another directory");
    }
    journal = openJournal(directory.resolve("orders.journal"));
    index = new OrderIndex(directory.resolve("index"));
    long from = index.checkpoint();
    if (from > journal.end()) {
      index.clear();
      from = Journal.firstOffset();
    }
    IndexRebuild rebuild = new IndexRebuild(index);
    recovered = journal.recover(from, rebuild::add);
    rebuild.finish();
    checkpointed = from;
    committer.start();
  }

  /** The journal to write to; a subclass may give one that behaves otherwise. */
  protected Journal openJournal(Path file) throws IOException {
    return new Journal(file);
  }

  /** What the start found behind the index's last checkpoint. */
  public final Journal.Scan recovered() {
    return recovered;
  }

  /**
   * Queues an order. Whoever asks is told from the committer's thread, or at once when the queue is
   * full.
   */
  public void submit(Order order, Consumer<Outcome> told) {
    if (closing || !waiting.offer(new Waiting(order, told))) {
      told.accept(Outcome.REFUSED);
    }
  }

  /** The order, or null. */
  public Order find(String writer, long sequence) throws IOException {
    long offset = index.find(writer, sequence);
    if (offset == 0) {
      return null;
    }
    Order order = journal.read(offset);
    if (order == null) {
      throw new IOException("the record of " + writer + "/" + sequence + " is damaged");
    }
    return order;
  }

  /** The highest sequence of a writer, -1 when it has no order. */
  public final long lastSequence(String writer) throws IOException {
    return index.lastSequence(writer);
  }

  public final Ledger ledger() {
    return new Ledger(journal, index);
  }

  /** Orders stored since the start. */
  public long stored() {
    return stored;
  }

  /** Orders that wait to be committed. */
  public final int waiting() {
    return waiting.size();
  }

  /** Null when orders can be written; else why not. */
  public final String trouble() {
    return trouble;
  }

  /** How long ago the committer last came round: it does so each second even with nothing to do. */
  public final long nanosSinceLastTurn() {
    return System.nanoTime() - lastTurn;
  }

  private void commitLoop() {
    List<Waiting> batch = new ArrayList<>();
    while (!closing || !waiting.isEmpty()) {
      lastTurn = System.nanoTime();
      batch.clear();
      try {
        Waiting first = waiting.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (first == null) {
          probeWhenInTrouble();
          continue;
        }
        batch.add(first);
        waiting.drainTo(batch, MOST_IN_A_BATCH - 1);
        batch.remove(END);
        commit(batch);
      } catch (InterruptedException e) {
        // Nobody interrupts this thread on purpose; it ends by the flag.
      } catch (Throwable e) {
        trouble = "the committer met " + e;
      }
    }
  }

  private void commit(List<Waiting> batch) {
    List<Waiting> fresh = new ArrayList<>();
    // The same order as another one of this batch: a duplicate of what is not there yet.
    List<Waiting> repeated = new ArrayList<>();
    try {
      updateIndex();
      Set<String> keys = new HashSet<>();
      for (Waiting one : batch) {
        Order order = one.order;
        if (index.find(order.writer(), order.sequence()) != 0) {
          one.told.accept(Outcome.DUPLICATE);
        } else if (beyondRepair || index.isFullFor(order.writer())) {
          one.told.accept(Outcome.REFUSED);
        } else if (keys.add(order.writer() + '/' + order.sequence())) {
          fresh.add(one);
        } else {
          repeated.add(one);
        }
      }
      if (!fresh.isEmpty()) {
        write(fresh);
      }
      repeated.forEach(one -> one.told.accept(Outcome.DUPLICATE));
    } catch (IOException e) {
      trouble = "the journal cannot be written: " + e.getMessage();
      // Those that were told already keep what they were told: the first counts.
      batch.forEach(one -> one.told.accept(Outcome.REFUSED));
    }
  }

  private void updateIndex() throws IOException {
    while (!unindexed.isEmpty()) {
      Indexed next = unindexed.get(0);
      index.add(next.order, next.offset);
      unindexed.remove(0);
    }
  }

  private void write(List<Waiting> fresh) throws IOException {
    long[] offsets = journal.append(fresh.stream().map(Waiting::order).toList());
    try {
      journal.force();
    } catch (IOException e) {
      // What the kernel did with the pages is unknown after a failed fsync, and a second one may
      // lie: only a restart, which reads what is really there, can tell.
      beyondRepair = true;
      throw e;
    }
    for (int i = 0; i < offsets.length; i++) {
      unindexed.add(new Indexed(fresh.get(i).order, offsets[i]));
    }
    updateIndex();
    stored += offsets.length;
    trouble = null;
    for (Waiting one : fresh) {
      one.told.accept(Outcome.STORED);
    }
    if (journal.end() - checkpointed >= CHECKPOINT_BYTES) {
      checkpoint();
    }
  }

  private void checkpoint() throws IOException {
    index.saveCheckpoint(journal.end());
    checkpointed = journal.end();
  }

  /**
   * A full or read-only disk may be repaired while nobody orders: without this we would stay not
   * ready for ever.
   */
  private void probeWhenInTrouble() {
    if (trouble == null || beyondRepair) {
      return;
    }
    Path probe = directory.resolve("probe");
    try (FileChannel channel =
             FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(4096));
      channel.force(true);
      trouble = null;
    } catch (IOException e) {
      trouble = "the journal cannot be written: " + e.getMessage();
    }
    try {
      Files.deleteIfExists(probe);
    } catch (IOException e) {
      trouble = "the journal's folder cannot be written: " + e.getMessage();
    }
  }

  /** Commits what waits, saves the index's checkpoint, and ends. */
  @Override
  public void close() throws IOException {
    closing = true;
    // Without room for it the committer is awake anyway.
    waiting.offer(END);
    try {
      committer.join(MOST_MILLIS_TO_CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!beyondRepair) {
      checkpoint();
    }
    index.close();
    journal.close();
    lockFile.close();
  }
}
