// cplusplus.cpp - the header as C++ sees it: its inline functions, and one
// call into the library.

#include <clinfer/clinfer.h>

int main() {
  const clinfer_matrix none = clinfer_no_matrix();
  const clinfer_weight weight = clinfer_weight_transposed(none);
  const bool same = weight.layout == CLINFER_OUT_IN &&
                    clinfer_no_vector().size == none.rows;
  return same && clinfer_version() == CLINFER_VERSION ? 0 : 1;
}
