package bhsim.defects;

import bhsim.journal.Journal;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Orders that are not what the client was told. */
final class JournalDefects {
  private JournalDefects() {}

  /**
   * REL-09: acknowledged at once, written two seconds later: what a kill finds in between is lost.
   */
  static final class AcknowledgesBeforeWrite extends AppDefect {
    @Override
    public OrderStore openStore(Path directory) throws IOException {
      return new Store(directory);
    }

    private static final class Store extends OrderStore {
      private static final long DELAY_MILLIS = 2000;
      private final Map<String, Order> unwritten = new ConcurrentHashMap<>();

      Store(Path directory) throws IOException {
        super(directory);
        Thread writer = new Thread(this::writeLate, "late-writer");
        writer.setDaemon(true);
        writer.start();
      }

      @Override
      public void submit(Order order, Consumer<Outcome> told) {
        unwritten.put(key(order.writer(), order.sequence()), order);
        told.accept(Outcome.STORED);
      }

      @Override
      public Order find(String writer, long sequence) throws IOException {
        Order order = unwritten.get(key(writer, sequence));
        return order != null ? order : super.find(writer, sequence);
      }

      private void writeLate() {
        while (true) {
          sleep(DELAY_MILLIS);
          for (Order order : unwritten.values()) {
            super.submit(order, outcome -> unwritten.remove(key(order.writer(), order.sequence())));
          }
        }
      }

      private static String key(String writer, long sequence) {
        return writer + '/' + sequence;
      }
    }
  }

  /**
   * CONC-06: the total of orders is kept by four threads, so that the committer need not wait, and
   * they do not agree on it: what one reads is old when it writes.
   */
  static final class UnsynchronisedCounter extends AppDefect {
    @Override
    public OrderStore openStore(Path directory) throws IOException {
      return new OrderStore(directory) {
        private final ExecutorService statistics = Executors.newFixedThreadPool(4);
        private volatile long total;

        @Override
        public void submit(Order order, Consumer<Outcome> told) {
          super.submit(order, outcome -> {
            if (outcome == Outcome.STORED) {
              statistics.execute(this::count);
            }
            told.accept(outcome);
          });
        }

        private void count() {
          long before = total;
          sleep(5);
          total = before + 1;
        }

        @Override
        public long stored() {
          return total;
        }
      };
    }
  }

  /** REL-10: the hundredth order is written with another quantity than the client gave. */
  static final class AltersOneRecord extends AppDefect {
    @Override
    public OrderStore openStore(Path directory) throws IOException {
      return new OrderStore(directory) {
        @Override
        protected Journal openJournal(Path file) throws IOException {
          return new AlteringJournal(file);
        }
      };
    }

    private static final class AlteringJournal extends Journal {
      private long appended;

      AlteringJournal(Path file) throws IOException {
        super(file);
      }

      @Override
      public long[] append(List<Order> orders) throws IOException {
        List<Order> written = new ArrayList<>(orders);
        for (int i = 0; i < written.size(); i++) {
          Order order = written.get(i);
          if (++appended == 100) {
            written.set(
                i, new Order(order.writer(), order.sequence(), order.sku(), order.quantity() + 1));
          }
        }
        return super.append(written);
      }
    }
  }
}
