use backoff_runtime::Pacer;

static API: Pacer = Pacer::per(10, "1 minute");
static NONE: Pacer = Pacer::per(0, "1m");
static SPREAD: Pacer = Pacer::adaptive().spread();
static NOBODY: Pacer = Pacer::adaptive().max_in_flight(0);

fn main() {}
