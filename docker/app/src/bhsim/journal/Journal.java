package bhsim.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * The append-only file of orders; its format is in {@link RecordFormat}. One thread appends; any
 * thread reads. An order is durable when {@link #force} returned after its append: through a kill
 * of the process and, as far as the disk keeps its word, through a power loss.
 */
public class Journal implements AutoCloseable {
  private static final int WINDOW_BYTES = 256 * 1024;

  private final Path file;
  private final FileChannel channel;
  private volatile long end;

  /** Is told of every valid record of a scan, in order. */
  @FunctionalInterface
  public interface Visitor {
    void record(long offset, Order order) throws IOException;
  }

  /**
   * What a scan from some position to the end found.
   *
   * @param end where the last valid record ends
   * @param skipped bytes between valid records that are none: damage, which is kept
   * @param torn bytes after the last valid record: a write that a crash cut short
   */
  public record Scan(long records, long end, long skipped, long torn) {}

  /** Opens, or creates with its header. {@link #recover} must follow before anything else. */
  public Journal(Path file) throws IOException {
    this.file = file;
    channel = FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (channel.size() < RecordFormat.FILE_HEADER.length) {
      writeAll(ByteBuffer.wrap(RecordFormat.FILE_HEADER), 0);
      channel.truncate(RecordFormat.FILE_HEADER.length);
      channel.force(true);
    }
    ByteBuffer header = ByteBuffer.allocate(RecordFormat.FILE_HEADER.length);
    readFully(header, 0);
    if (!Arrays.equals(header.array(), RecordFormat.FILE_HEADER)) {
      channel.close();
      throw new IOException(
          file + " is not a journal of this program, or of another version of it; move it away");
    }
    end = channel.size();
  }

  public static long firstOffset() {
    return RecordFormat.FILE_HEADER.length;
  }

  /** Where the next record will lie. */
  public final long end() {
    return end;
  }

  /**
   * Reads from the given record on, cuts a torn tail off, and keeps everything else: damage in the
   * middle is skipped and counted, because what lies behind it was acknowledged to somebody.
   */
  public final Scan recover(long from, Visitor visitor) throws IOException {
    Scan scan = scan(from, channel.size(), visitor);
    if (scan.torn > 0) {
      channel.truncate(scan.end);
      channel.force(true);
    }
    end = scan.end;
    return scan;
  }

  private Scan scan(long from, long to, Visitor visitor) throws IOException {
    ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES);
    long records = 0;
    long position = from;
    long goodEnd = from;
    long skipped = 0;
    while (position < to) {
      window.clear().limit((int) Math.min(WINDOW_BYTES, to - position));
      readFully(window, position);
      window.flip();
      boolean last = position + window.limit() >= to;
      // A record that begins close to the window's end may go on behind it: it is left to the next
      // window.
      while (window.remaining() >= (last ? 1 : RecordFormat.MOST_BYTES)) {
        RecordFormat.Decoded decoded = RecordFormat.decode(window);
        if (decoded == null) {
          window.position(window.position() + 1);
          continue;
        }
        long offset = position + window.position();
        visitor.record(offset, decoded.order());
        records++;
        skipped += offset - goodEnd;
        goodEnd = offset + decoded.bytes();
        window.position(window.position() + decoded.bytes());
      }
      position += window.position();
    }
    return new Scan(records, goodEnd, skipped, to - goodEnd);
  }

  /**
   * Appends the orders and gives back the offset of each. After an exception nothing of them is
   * there.
   */
  public long[] append(List<Order> orders) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(orders.size() * RecordFormat.MOST_BYTES);
    long[] offsets = new long[orders.size()];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = end + bytes.position();
      RecordFormat.encode(orders.get(i), bytes);
    }
    bytes.flip();
    int length = bytes.limit();
    try {
      writeAll(bytes, end);
    } catch (IOException e) {
      channel.truncate(end);
      throw e;
    }
    end += length;
    return offsets;
  }

  /** Returns when everything appended so far is on the disk. */
  public void force() throws IOException {
    channel.force(false);
  }

  /** The order at an offset, read from the file itself; null when what lies there is damaged. */
  public final Order read(long offset) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(RecordFormat.MOST_BYTES);
    readFully(bytes, offset);
    RecordFormat.Decoded decoded = RecordFormat.decode(bytes.flip());
    return decoded == null ? null : decoded.order();
  }

  /** Fills the buffer from a position as far as the file goes. */
  final void readFully(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int count = channel.read(into, at);
      if (count < 0) {
        return;
      }
      at += count;
    }
  }

  private void writeAll(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
