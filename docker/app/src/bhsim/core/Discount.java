package bhsim.core;

/** A discount, and the marker inside the version of the class that gave it. */
public record Discount(int percent, String version) {}
