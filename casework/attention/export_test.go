package attention

// ReportInParts is Report with parts of another size.
var ReportInParts = reportInParts
