package bhsim.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/**
 * Who changed what: one JSON object a line, forced to disk before anything else is told, never
 * rewritten.
 *
 * <pre>
 * {"time":ISO,"mono_ns":N,"class":NAME,"before":SHA-256,"after":SHA-256,
 *  "outcome":OUTCOME,"reason":TEXT}
 * </pre>
 *
 * The outcome is swapped, refused or rolled-back; before is what was in force, after is what was
 * delivered; either is empty where nobody knows it. mono_ns is CLOCK_MONOTONIC. Safe for use by any
 * thread.
 */
class AuditLog {
  private final FileChannel channel;

  /** @param file null for none */
  AuditLog(Path file) throws IOException {
    if (file == null) {
      channel = null;
      return;
    }
    channel = FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    long size = channel.size();
    ByteBuffer last = ByteBuffer.allocate(1);
    if (size > 0 && channel.read(last, size - 1) == 1 && last.get(0) != '\n') {
      // A crash cut the last line short: what follows must not grow onto it.
      channel.write(ByteBuffer.wrap(new byte[] {'\n'}), size);
    }
    channel.position(channel.size());
  }

  synchronized void write(
      String className, String before, String after, String outcome, String reason) {
    if (channel == null) {
      return;
    }
    String line = "{\"time\":\"" + Instant.now() + "\",\"mono_ns\":" + System.nanoTime()
        + ",\"class\":" + quote(className) + ",\"before\":\"" + before + "\",\"after\":\"" + after
        + "\",\"outcome\":\"" + outcome + "\",\"reason\":" + quote(reason) + "}\n";
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(false);
    } catch (IOException e) {
      // The swap has happened; what can be done is to say so where somebody will see it.
      AgentLog.error(
          "AUDIT-FAILED class=" + className + " outcome=" + outcome + " reason=\"" + e + "\"");
    }
  }

  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c < 0x20 ? ' ' : c);
      }
    }
    return out.append('"').toString();
  }
}
