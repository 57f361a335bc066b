import bhsim.journal.Journal;
import bhsim.journal.Order;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Appends the orders of standard input, "writer,sequence,sku,quantity" a line, to the journal of a
 * state directory, as the application's committer does.
 */
public final class JournalWriter {
  private static final int MOST_IN_A_BATCH = 512;

  private JournalWriter() {}

  public static void main(String[] arguments) throws IOException {
    Path state = Files.createDirectories(Path.of(arguments[0]));
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII), 1 << 16);
    try (Journal journal = new Journal(state.resolve("orders.journal"))) {
      journal.recover(Journal.firstOffset(), (offset, order) -> {});
      List<Order> batch = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        batch.add(order(line.split(",")));
        if (batch.size() == MOST_IN_A_BATCH) {
          journal.append(batch);
          batch.clear();
        }
      }
      journal.append(batch);
      journal.force();
    }
  }

  private static Order order(String[] fields) {
    return new Order(fields[0], Long.parseLong(fields[1]), fields[2], Integer.parseInt(fields[3]));
  }
}
