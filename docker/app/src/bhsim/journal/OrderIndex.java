package bhsim.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each order lies in the journal, on disk, so that the heap does not grow with the number of
 * orders. Derived data: a checkpoint says up to which journal offset it is complete, and from there
 * it is rebuilt at every start.
 *
 * <pre>
 * WRITER.idx   i64 at 8 * sequence: offset in the journal, 0 where there is no order
 * WRITER.dup   pairs of i64: sequence, offset of every further record of an order that has one
 * already checkpoint   i64 offset, i64 its complement
 * </pre>
 *
 * Safe for use by any thread.
 */
public final class OrderIndex implements AutoCloseable {
  private static final int SLOT_BYTES = 8;
  private static final int PAIR_BYTES = 16;
  private static final int MOST_OPEN_FILES = 64;
  private static final int MOST_WRITERS = 4096;
  private static final int MOST_SLOTS_AT_ONCE = 1024;

  private final Path directory;
  private final Map<Path, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);
  private int writers;

  /** A slot that is taken: a sequence and the journal offset behind it. */
  public record Slot(long sequence, long offset) {}

  public OrderIndex(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.idx")) {
      for (Path ignored : files) {
        writers++;
      }
    }
  }

  /**
   * The journal offset up to which this index is complete; the journal's first offset when that is
   * not known.
   */
  public synchronized long checkpoint() throws IOException {
    Path file = directory.resolve("checkpoint");
    if (Files.exists(file)) {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      if (bytes.remaining() == PAIR_BYTES) {
        long offset = bytes.getLong();
        if (offset == ~bytes.getLong() && offset >= Journal.firstOffset()) {
          return offset;
        }
      }
    }
    return Journal.firstOffset();
  }

  /** Makes everything added so far durable, then says so. */
  public synchronized void saveCheckpoint(long journalOffset) throws IOException {
    for (FileChannel channel : open.values()) {
      channel.force(true);
    }
    Path temporary = directory.resolve("checkpoint.new");
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
             StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      channel.write(
          ByteBuffer.allocate(PAIR_BYTES).putLong(journalOffset).putLong(~journalOffset).flip());
      channel.force(true);
    }
    Files.move(temporary, directory.resolve("checkpoint"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Forgets everything: the journal is another one than this index was made from. */
  public synchronized void clear() throws IOException {
    close();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    writers = 0;
  }

  /** The journal offset of an order, or 0. */
  public synchronized long find(String writer, long sequence) throws IOException {
    FileChannel channel = file(writer, ".idx", false);
    if (channel == null) {
      return 0;
    }
    ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES);
    return channel.read(slot, sequence * SLOT_BYTES) == SLOT_BYTES ? slot.getLong(0) : 0;
  }

  /** Enters a record of the journal. Entering the same one again changes nothing. */
  public synchronized void add(Order order, long offset) throws IOException {
    add(order.writer(), order.sequence(), offset);
  }

  /** The same for orders of one writer whose sequences follow each other from {@code first} on. */
  synchronized void add(String writer, long first, long[] offsets) throws IOException {
    for (Slot known : slots(writer, first, first + offsets.length - 1)) {
      if (known.offset != offsets[(int) (known.sequence - first)]) {
        for (int i = 0; i < offsets.length; i++) {
          add(writer, first + i, offsets[i]);
        }
        return;
      }
    }
    ByteBuffer slots = ByteBuffer.allocate(offsets.length * SLOT_BYTES);
    slots.asLongBuffer().put(offsets);
    FileChannel channel = file(writer, ".idx", true);
    while (slots.hasRemaining()) {
      channel.write(slots, first * SLOT_BYTES + slots.position());
    }
  }

  private void add(String writer, long sequence, long offset) throws IOException {
    long before = find(writer, sequence);
    if (before == offset) {
      return;
    }
    if (before == 0) {
      ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES).putLong(0, offset);
      file(writer, ".idx", true).write(slot, sequence * SLOT_BYTES);
      return;
    }
    for (Slot known : duplicates(writer, sequence, sequence)) {
      if (known.offset == offset) {
        return;
      }
    }
    FileChannel channel = file(writer, ".dup", true);
    channel.write(
        ByteBuffer.allocate(PAIR_BYTES).putLong(sequence).putLong(offset).flip(), channel.size());
  }

  /** True when one more writer would be too many: writers cost a file each. */
  public synchronized boolean isFullFor(String writer) throws IOException {
    return writers >= MOST_WRITERS && file(writer, ".idx", false) == null;
  }

  /**
   * The taken slots from one sequence on, in order of sequence: those among the next thousand or
   * so.
   */
  public synchronized List<Slot> slots(String writer, long from, long to) throws IOException {
    List<Slot> found = new ArrayList<>();
    FileChannel channel = file(writer, ".idx", false);
    if (channel == null) {
      return found;
    }
    long last = Math.min(to, from + MOST_SLOTS_AT_ONCE - 1);
    ByteBuffer bytes = ByteBuffer.allocate((int) (last - from + 1) * SLOT_BYTES);
    while (bytes.hasRemaining() && channel.read(bytes, from * SLOT_BYTES + bytes.position()) > 0) {
      // Reads on until the buffer is full or the file ends.
    }
    bytes.flip();
    for (long sequence = from; bytes.remaining() >= SLOT_BYTES; sequence++) {
      long offset = bytes.getLong();
      if (offset != 0) {
        found.add(new Slot(sequence, offset));
      }
    }
    return found;
  }

  public static int slotsAtOnce() {
    return MOST_SLOTS_AT_ONCE;
  }

  /** The highest sequence that this writer's index has room for, or -1. */
  public synchronized long lastSequence(String writer) throws IOException {
    FileChannel channel = file(writer, ".idx", false);
    return channel == null ? -1 : channel.size() / SLOT_BYTES - 1;
  }

  /** The records of orders that had one already. There should be none. */
  public synchronized List<Slot> duplicates(String writer, long from, long to) throws IOException {
    List<Slot> found = new ArrayList<>();
    FileChannel channel = file(writer, ".dup", false);
    if (channel == null) {
      return found;
    }
    ByteBuffer pair = ByteBuffer.allocate(PAIR_BYTES);
    for (long at = 0; channel.read(pair.clear(), at) == PAIR_BYTES; at += PAIR_BYTES) {
      if (pair.getLong(0) >= from && pair.getLong(0) <= to) {
        found.add(new Slot(pair.getLong(0), pair.getLong(8)));
      }
    }
    return found;
  }

  private FileChannel file(String writer, String suffix, boolean create) throws IOException {
    Path path = directory.resolve(writer + suffix);
    FileChannel channel = open.get(path);
    if (channel != null) {
      return channel;
    }
    boolean exists = Files.exists(path);
    if (!exists && !create) {
      return null;
    }
    if (open.size() >= MOST_OPEN_FILES) {
      closeEldest();
    }
    channel = FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    open.put(path, channel);
    if (!exists && suffix.equals(".idx")) {
      writers++;
    }
    return channel;
  }

  /** Forced before it goes, because a checkpoint forces only what is open. */
  private void closeEldest() throws IOException {
    Path eldest = open.keySet().iterator().next();
    FileChannel channel = open.remove(eldest);
    channel.force(true);
    channel.close();
  }

  @Override
  public synchronized void close() throws IOException {
    for (FileChannel channel : open.values()) {
      channel.close();
    }
    open.clear();
  }
}
