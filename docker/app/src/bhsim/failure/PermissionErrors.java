package bhsim.failure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that may not be read, and a folder that may not be written to, in turn. Root may do
 * everything: for root something of the wrong kind lies in its place.
 */
final class PermissionErrors implements Scenario {
  private static final String TEXT = "SKU-0042,199\n";

  private final Path folder;
  private final Path file;

  PermissionErrors(Path folder) throws IOException {
    this.folder = folder;
    this.file = folder.resolve("prices.csv");
    restore();
  }

  @Override
  public void breakDown(int episode) throws IOException {
    if (episode % 2 == 0) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
      if (Files.isReadable(file)) {
        Files.delete(file);
        Files.createDirectory(file);
      }
      read();
    } else {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
      if (Files.isWritable(folder)) {
        close();
        Files.createFile(folder);
      }
      write();
    }
  }

  @Override
  public void mend(int episode) throws IOException {
    restore();
    write();
    read();
  }

  private void restore() throws IOException {
    if (Files.isDirectory(folder)) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    close();
    Files.createDirectories(folder);
    Files.writeString(file, TEXT);
  }

  private void read() throws IOException {
    if (!Files.readString(file).equals(TEXT)) {
      throw new IOException(file + " is not what was written");
    }
  }

  private void write() throws IOException {
    Path written = folder.resolve("prices.csv.new");
    Files.writeString(written, TEXT);
    Files.delete(written);
  }

  @Override
  public void close() throws IOException {
    if (Files.isDirectory(folder)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(folder);
  }
}
