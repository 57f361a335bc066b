import java.io.FileNotFoundException;
import java.util.Locale;
import org.HdrHistogram.AbstractHistogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;

/**
 * Prints what HdrHistogram's own reader finds in a log, for histogram_log_test.cpp. An interval is
 * a line "interval START_MS END_MS TAG COUNT MIN MAX MEAN" (times since the epoch; TAG is "-" where
 * there is none), then for each bucket that is not empty a line "LOWEST HIGHEST COUNT".
 */
final class ReadLog {
  public static void main(String[] arguments) throws FileNotFoundException {
    HistogramLogReader reader = new HistogramLogReader(arguments[0]);
    while (reader.hasNext()) {
      AbstractHistogram interval = (AbstractHistogram) reader.nextIntervalHistogram();
      if (interval == null)
        continue;
      String tag = interval.getTag() == null ? "-" : interval.getTag();
      System.out.printf(Locale.ROOT, "interval %d %d %s %d %d %d %.3f%n",
          interval.getStartTimeStamp(), interval.getEndTimeStamp(), tag, interval.getTotalCount(),
          interval.getMinValue(), interval.getMaxValue(), interval.getMean());
      for (HistogramIterationValue bucket : interval.recordedValues()) {
        long value = bucket.getValueIteratedTo();
        System.out.printf(Locale.ROOT, "%d %d %d%n", interval.lowestEquivalentValue(value),
            interval.highestEquivalentValue(value), bucket.getCountAtValueIteratedTo());
      }
    }
  }
}
